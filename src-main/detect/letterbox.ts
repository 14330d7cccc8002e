/**
 * How a frame becomes a detector's picture: shrunk or enlarged as a whole to fit, the rest filled with grey. The
 * detector takes any sides that are multiples of its coarsest stride, so the picture has the frame's own shape and as
 * many pixels as a square of the model's size has.
 */
import sharp from 'sharp';
import type { Box, Size } from '../geometry';

/** How pixels are handed over: (byte / 255 − mean) / std, a channel each in the order of the model's channels. */
export interface Drawing {
  mean: readonly number[];
  std: readonly number[];
  /** Blue first. */
  bgr: boolean;
}

/** Of what no frame covers. */
const GREY = 114;

/** A picture's sides and how the frame lies in it, from the top left corner. */
export interface Fit {
  /** Of the detector's picture in pixels. */
  width: number;
  height: number;
  /** Pixels of the picture to a pixel of the frame. */
  scale: number;
}

/**
 * The sides that show a frame largest.
 * @param size side of a square with as many pixels as there may be
 * @param step what both sides are multiples of
 */
export function fitOf(frame: Size, size: number, step = 32): Fit {
  let best: Fit = { width: size, height: size, scale: 0 };
  for (let width = step; width <= (size * size) / step; width += step) {
    const height = Math.floor((size * size) / width / step) * step;
    if (height < step) break;
    const scale = Math.min(width / frame.width, height / frame.height);
    if (scale > best.scale) best = { width, height, scale };
  }
  // What the frame does not reach need not be computed.
  const needed = (side: number) => Math.ceil((side * best.scale - 1e-6) / step) * step;
  return { width: needed(frame.width), height: needed(frame.height), scale: best.scale };
}

/** A picture of given sides in which the frame fits, for models that take no other. */
export const squareFit = (frame: Size, { width, height }: Size): Fit => ({
  width,
  height,
  scale: Math.min(width / frame.width, height / frame.height),
});

/**
 * Draws a frame into the detector's picture.
 * @param rgb the frame's pixels, row by row
 * @returns 3×height×width float32 numbers, normalised
 */
export async function letterboxed(
  rgb: Uint8Array,
  frame: Size,
  { width, height, scale }: Fit,
  { mean, std, bgr }: Drawing,
): Promise<Float32Array> {
  const inner = {
    width: Math.max(1, Math.min(width, Math.round(frame.width * scale))),
    height: Math.max(1, Math.min(height, Math.round(frame.height * scale))),
  };
  const drawn = await sharp(rgb, { raw: { ...frame, channels: 3 } })
    .resize(inner.width, inner.height, { fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer();
  const plane = width * height;
  const out = new Float32Array(3 * plane);
  for (let k = 0; k < 3; k++) {
    const table = Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - mean[k]!) / std[k]!);
    const target = out.subarray(k * plane, (k + 1) * plane).fill(table[GREY]!);
    for (let y = 0; y < inner.height; y++) {
      let from = y * inner.width * 3 + (bgr ? 2 - k : k);
      for (let x = y * width; x < y * width + inner.width; x++, from += 3) target[x] = table[drawn[from]!]!;
    }
  }
  return out;
}

/** A box of the detector's picture in frame pixels. */
export const unfitted = ([x, y, width, height]: Box, { scale }: Fit): Box => [
  x / scale,
  y / scale,
  width / scale,
  height / scale,
];
