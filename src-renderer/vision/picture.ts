/**
 * Pictures as they lie in memory. A camera's frame is read as the planes it comes in (luma, and two chromas of half
 * the size), because drawing it to a canvas turns a million pixels into RGB of which a tenth is looked at, and cost
 * more than the detector. Runs in a worker; knows frames and bytes, nothing of faces.
 */
import type { Size } from '../../src-main/geometry';

/** One channel of a picture: the byte at (x, y) is data[offset + y · stride + x · step]. */
export interface Plane extends Size {
  data: Uint8Array | Uint8ClampedArray;
  offset: number;
  step: number;
  stride: number;
}

/** From luma and chroma to RGB: red = gain · (Y − black) + redV · V, and so on; U and V about 0. */
export interface YuvMatrix {
  black: number;
  gain: number;
  redV: number;
  greenU: number;
  greenV: number;
  blueU: number;
}

/** Three planes: Y, U and V with a matrix, red, green and blue without. Planes may be smaller than the picture. */
export interface Picture extends Size {
  planes: readonly [Plane, Plane, Plane];
  matrix: YuvMatrix | null;
}

/** Weights of red and blue in luma, by the names that frames give their matrix (ITU-R BT.601, 709, 2020). */
const LUMA: Record<string, readonly [red: number, blue: number]> = {
  smpte170m: [0.299, 0.114],
  bt470bg: [0.299, 0.114],
  bt709: [0.2126, 0.0722],
  'bt2020-ncl': [0.2627, 0.0593],
};

/** The matrix for a frame's colour space; what says nothing of it is BT.601 of 16 to 235, as Chromium takes it. */
export function yuvMatrix({
  matrix,
  fullRange,
}: Pick<VideoColorSpaceInit, 'matrix' | 'fullRange'>): YuvMatrix {
  const [red, blue] = LUMA[matrix ?? 'smpte170m'] ?? LUMA['smpte170m']!;
  const green = 1 - red - blue;
  const chroma = fullRange ? 1 : 255 / 224;
  return {
    black: fullRange ? 0 : 16,
    gain: fullRange ? 1 : 255 / 219,
    redV: 2 * (1 - red) * chroma,
    greenU: (-2 * (1 - blue) * blue * chroma) / green,
    greenV: (-2 * (1 - red) * red * chroma) / green,
    blueU: 2 * (1 - blue) * chroma,
  };
}

/** Where each format keeps its three channels: plane, byte within the plane's step, step, and how much smaller. */
type Channel = readonly [plane: number, byte: number, step: number, across: number, down: number];
const whole = (plane: number, byte: number, step: number): Channel => [plane, byte, step, 1, 1];
const FORMATS: Partial<Record<VideoPixelFormat, readonly [Channel, Channel, Channel]>> = {
  I420: [whole(0, 0, 1), [1, 0, 1, 2, 2], [2, 0, 1, 2, 2]],
  I422: [whole(0, 0, 1), [1, 0, 1, 2, 1], [2, 0, 1, 2, 1]],
  I444: [whole(0, 0, 1), whole(1, 0, 1), whole(2, 0, 1)],
  NV12: [whole(0, 0, 1), [1, 0, 2, 2, 2], [1, 1, 2, 2, 2]],
  RGBA: [whole(0, 0, 4), whole(0, 1, 4), whole(0, 2, 4)],
  RGBX: [whole(0, 0, 4), whole(0, 1, 4), whole(0, 2, 4)],
  BGRA: [whole(0, 2, 4), whole(0, 1, 4), whole(0, 0, 4)],
  BGRX: [whole(0, 2, 4), whole(0, 1, 4), whole(0, 0, 4)],
};
const isYuv = (format: VideoPixelFormat): boolean => !/RGB|BGR/.test(format);

/** Pixels of four bytes, red first, as canvases give them. */
export function rgbaPicture({ data, width, height }: Pick<ImageData, 'data' | 'width' | 'height'>): Picture {
  const plane = (offset: number): Plane => ({ data, offset, step: 4, stride: width * 4, width, height });
  return { width, height, planes: [plane(0), plane(1), plane(2)], matrix: null };
}

/** A picture out of what the browser can only draw. */
export function drawnPicture(source: CanvasImageSource, { width, height }: Size): Picture {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
  if (!context) throw new Error('no 2D canvas: the browser is out of memory or graphics contexts');
  context.drawImage(source, 0, 0, width, height);
  return rgbaPicture(context.getImageData(0, 0, width, height));
}

/** Reads frames, one after another: a picture is good until the next is read, because they share their memory. */
export class FrameReader {
  #bytes = new Uint8Array(0);

  /** @param frame stays open; whoever gave it closes it when the promise has settled */
  async read(frame: VideoFrame): Promise<Picture> {
    const size = { width: frame.displayWidth, height: frame.displayHeight };
    const { format, visibleRect } = frame;
    const channels = format === null ? undefined : FORMATS[format];
    const asItLies = visibleRect?.width === size.width && visibleRect.height === size.height;
    // In a graphics card's memory, with pixels that are not square, or of more than 8 bits.
    if (format === null || !channels || !asItLies) return drawnPicture(frame, size);
    const length = frame.allocationSize();
    if (this.#bytes.length !== length) this.#bytes = new Uint8Array(length);
    const data = this.#bytes;
    const layout = await frame.copyTo(data);
    const plane = ([index, byte, step, across, down]: Channel): Plane => {
      const { offset, stride } = layout[index]!;
      const [width, height] = [Math.ceil(size.width / across), Math.ceil(size.height / down)];
      return { data, offset: offset + byte, step, stride, width, height };
    };
    const matrix = isYuv(format) ? yuvMatrix(frame.colorSpace.toJSON()) : null;
    return { ...size, planes: [plane(channels[0]), plane(channels[1]), plane(channels[2])], matrix };
  }
}
