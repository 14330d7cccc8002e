/**
 * Resampling: any affine view of a picture, straight from the source to a square of bytes. Pure functions; the
 * loops are what feeding a training run costs, so they are in integers and allocate nothing per pixel.
 */
import type { Picture } from './decode';

/**
 * Maps output to source: a point (x, y) of the output, each from −0.5 to 0.5 about its centre, comes from the
 * point (a·x + b·y + cx, c·x + d·y + cy) of the source, each from 0 to 1 over its width and height.
 */
export interface View {
  a: number;
  b: number;
  c: number;
  d: number;
  cx: number;
  cy: number;
}

/** The whole picture as it is. A picture that is not square is stretched to one. */
export const WHOLE: View = { a: 1, b: 0, c: 0, d: 1, cx: 0.5, cy: 0.5 };

/** Halves a picture by averaging 2×2 pixels; an odd last row or column is left out. */
export function halve(picture: Picture): Picture {
  const { width, data } = picture;
  const w = Math.max(1, width >> 1);
  const h = Math.max(1, picture.height >> 1);
  const right = width > 1 ? 3 : 0;
  const down = picture.height > 1 ? width * 3 : 0;
  const out = new Uint8Array(w * h * 3);
  let to = 0;
  for (let y = 0; y < h; y++) {
    let from = 2 * y * width * 3;
    for (let x = 0; x < w; x++) {
      for (let k = 0; k < 3; k++, from++)
        out[to++] =
          (data[from]! + data[from + right]! + data[from + down]! + data[from + down + right]! + 2) >> 2;
      from += 3;
    }
  }
  return { width: w, height: h, data: out };
}

/** Source pixels to an output pixel above which the source is halved first, so that nothing aliases. */
const SHRINK_AT = 1.5;

/** Index mirrored at the ends into [0, n): … 1 0 | 0 1 2 … */
function mirrored(i: number, n: number): number {
  const period = 2 * n;
  const j = ((i % period) + period) % period;
  return j < n ? j : period - 1 - j;
}

/**
 * Resamples a view of a picture with bilinear interpolation, after averaging where it shrinks. Where the view
 * reaches over the picture's edge the picture goes on mirrored.
 * @param out size × size × 3 bytes, written
 * @param size side of the output in pixels
 */
export function warp(picture: Picture, view: View, out: Uint8Array, size: number): void {
  let source = picture;
  for (;;) {
    // The longer of the two steps in the source that one pixel to the right, or down, in the output makes.
    const step = Math.max(
      Math.hypot(view.a * source.width, view.c * source.height),
      Math.hypot(view.b * source.width, view.d * source.height),
    );
    if (step / size <= SHRINK_AT || Math.min(source.width, source.height) < 4) break;
    source = halve(source);
  }
  resample(source, view, out, size);
}

/** Fixed point: coordinates have 16 bits below the point, of which 8 weigh the neighbours. */
const ONE = 65536;

function resample({ width, height, data }: Picture, view: View, out: Uint8Array, size: number): void {
  const fixed = (value: number) => Math.round(value * ONE);
  const ax = fixed((view.a * width) / size);
  const ay = fixed((view.c * height) / size);
  const bx = fixed((view.b * width) / size);
  const by = fixed((view.d * height) / size);
  // Where the centre of output pixel (0, 0) falls, counted from the centre of source pixel (0, 0).
  const half = (0.5 - size / 2) / size;
  const x0 = fixed((view.cx + (view.a + view.b) * half) * width - 0.5);
  const y0 = fixed((view.cy + (view.c + view.d) * half) * height - 0.5);
  const stride = width * 3;
  const insideX = (width - 1) * ONE;
  const insideY = (height - 1) * ONE;
  let to = 0;
  for (let y = 0; y < size; y++) {
    let sx = x0 + y * bx;
    let sy = y0 + y * by;
    for (let x = 0; x < size; x++, sx += ax, sy += ay) {
      const ix = sx >> 16;
      const iy = sy >> 16;
      let left = ix * 3;
      let right = left + 3;
      let top = iy * stride;
      let bottom = top + stride;
      if (sx < 0 || sy < 0 || sx >= insideX || sy >= insideY) {
        left = mirrored(ix, width) * 3;
        right = mirrored(ix + 1, width) * 3;
        top = mirrored(iy, height) * stride;
        bottom = mirrored(iy + 1, height) * stride;
      }
      const fx = (sx >> 8) & 255;
      const fy = (sy >> 8) & 255;
      const topLeft = top + left;
      const topRight = top + right;
      const bottomLeft = bottom + left;
      const bottomRight = bottom + right;
      const w11 = fx * fy;
      const w10 = (fx << 8) - w11;
      const w01 = (fy << 8) - w11;
      const w00 = ONE - w11 - w10 - w01;
      for (let k = 0; k < 3; k++)
        out[to++] =
          (data[topLeft + k]! * w00 +
            data[topRight + k]! * w10 +
            data[bottomLeft + k]! * w01 +
            data[bottomRight + k]! * w11 +
            32768) >>
          16;
    }
  }
}
