/** Cuts the faces' crops out of a picture, as the student's training data is cut: cropSquare, then an even shrink. */
import { cropSquare, type Box } from '../../src-main/geometry';
import type { Picture } from './picture';
import { Shrinker } from './shrink';

export class CropCutter {
  readonly #shrinker = new Shrinker();

  /**
   * @param boxes faces in picture pixels, annotation style
   * @param side of the crops in pixels; 0 cuts none
   * @param margin as for cropSquare
   * @returns boxes.length × side × side × 3 bytes, RGB, row by row
   */
  cut(picture: Picture, boxes: readonly Box[], side: number, margin: number): Uint8Array<ArrayBuffer> {
    const bytes = side * side * 3;
    const crops = new Uint8ClampedArray(boxes.length * bytes);
    if (side > 0) {
      boxes.forEach((box, i) => {
        const square = cropSquare(box, picture, margin);
        this.#shrinker.shrink(picture, square, { width: side, height: side }, crops, i * bytes, 3);
      });
    }
    return new Uint8Array(crops.buffer);
  }
}
