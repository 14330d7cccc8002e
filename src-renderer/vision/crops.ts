/**
 * Cuts the faces' crops out of a picture, as the student's training data is cut: cropSquare, then an even
 * shrink. Works on a 2D canvas that holds the picture; runs in a worker.
 */
import { cropSquare, type Box, type Size } from '../../src-main/geometry';

/** Copies RGBA pixels to RGB. `target` takes 3 bytes for each 4 of `source`, from `offset` on. */
export function dropAlpha(source: Uint8ClampedArray, target: Uint8Array, offset: number): void {
  for (let from = 0, to = offset; from < source.length; from += 4, to += 3) {
    target[to] = source[from]!;
    target[to + 1] = source[from + 1]!;
    target[to + 2] = source[from + 2]!;
  }
}

export class CropCutter {
  readonly #canvas = new OffscreenCanvas(1, 1);
  readonly #context: OffscreenCanvasRenderingContext2D;

  constructor() {
    // Read back for every face: kept in main memory, where drawing 128 px is cheap and reading is free.
    const context = this.#canvas.getContext('2d', { alpha: false, willReadFrequently: true });
    if (!context) throw new Error('no 2D canvas: the browser is out of memory or graphics contexts');
    this.#context = context;
  }

  /**
   * @param picture holds the picture, size.width × size.height pixels
   * @param boxes faces in picture pixels, annotation style
   * @param side of the crops in pixels; 0 cuts none
   * @param margin as for cropSquare
   * @returns boxes.length × side × side × 3 bytes, RGB, row by row
   */
  cut(
    picture: CanvasImageSource,
    size: Size,
    boxes: Box[],
    side: number,
    margin: number,
  ): Uint8Array<ArrayBuffer> {
    const crops = new Uint8Array(boxes.length * side * side * 3);
    if (side === 0) return crops;
    if (this.#canvas.width !== side) this.#canvas.width = this.#canvas.height = side;
    // High quality means mipmaps for shrinking: every source pixel counts, as in the training crops.
    this.#context.imageSmoothingQuality = 'high';
    boxes.forEach((box, i) => {
      const [left, top, width, height] = cropSquare(box, size, margin);
      this.#context.drawImage(picture, left, top, width, height, 0, 0, side, side);
      dropAlpha(this.#context.getImageData(0, 0, side, side).data, crops, i * side * side * 3);
    });
    return crops;
  }
}
