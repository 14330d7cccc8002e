/**
 * How a frame becomes a detector's picture: in the top left corner, as large as fits (see `Fit` of geometry.ts), the rest
 * filled with grey.
 */
import sharp from 'sharp';
import { type Fit, type Size, fittedSize } from '../geometry';

/** How pixels are handed over: (byte / 255 − mean) / std, a channel each in the order of the model's channels. */
export interface Drawing {
  mean: readonly number[];
  std: readonly number[];
  /** Blue first. */
  bgr: boolean;
}

/** Of what no frame covers. */
const GREY = 114;

/**
 * Shrinks or enlarges a frame as a fit says.
 * @param rgb the frame's pixels, row by row
 * @returns the pixels, of `fittedSize`
 */
export async function resized(rgb: Uint8Array, frame: Size, fit: Fit): Promise<Uint8Array> {
  const { width, height } = fittedSize(frame, fit);
  if (width === frame.width && height === frame.height) return rgb;
  return sharp(rgb, { raw: { width: frame.width, height: frame.height, channels: 3 } })
    .resize(width, height, { fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer();
}

/**
 * Puts a frame that has its size already into the detector's picture.
 * @param pixels of `inner` size, RGB, row by row
 * @returns 3×height×width float32 numbers, normalised
 */
export function letterboxed(
  pixels: Uint8Array,
  inner: Size,
  { width, height }: Size,
  { mean, std, bgr }: Drawing,
): Float32Array {
  const plane = width * height;
  const out = new Float32Array(3 * plane);
  for (let k = 0; k < 3; k++) {
    const table = Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - mean[k]!) / std[k]!);
    const target = out.subarray(k * plane, (k + 1) * plane).fill(table[GREY]!);
    for (let y = 0; y < inner.height; y++) {
      let from = y * inner.width * 3 + (bgr ? 2 - k : k);
      for (let x = y * width; x < y * width + inner.width; x++, from += 3) target[x] = table[pixels[from]!]!;
    }
  }
  return out;
}
