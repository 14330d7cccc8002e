/**
 * A small software rasteriser: lit, textured triangles into samples with a depth buffer, averaged to pixels. Knows
 * nothing of masks.
 */
import type { Raster } from './artwork';

/** Samples a pixel in each direction. */
export const SAMPLES = 3;

export interface Vertex {
  /** In samples, and depth. */
  x: number;
  y: number;
  z: number;
  /** Place in the raster, in its pixels. */
  s: number;
  t: number;
  shade: number;
}

/** Samples: premultiplied RGB 0…255 with coverage 0…1, and depth. */
export interface Target {
  width: number;
  height: number;
  colour: Float32Array;
  depth: Float32Array;
}

/** Draws one triangle; nothing of it when its corners run anticlockwise, as seen from behind. */
export function drawTriangle(target: Target, raster: Raster, a: Vertex, b: Vertex, c: Vertex): void {
  const area = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y);
  if (area <= 1e-6) return;
  const x0 = Math.max(0, Math.floor(Math.min(a.x, b.x, c.x) - 0.5));
  const x1 = Math.min(target.width - 1, Math.ceil(Math.max(a.x, b.x, c.x) - 0.5));
  const y0 = Math.max(0, Math.floor(Math.min(a.y, b.y, c.y) - 0.5));
  const y1 = Math.min(target.height - 1, Math.ceil(Math.max(a.y, b.y, c.y) - 0.5));
  for (let y = y0; y <= y1; y++) {
    for (let x = x0; x <= x1; x++) {
      const [px, py] = [x + 0.5, y + 0.5];
      const wb = ((px - a.x) * (c.y - a.y) - (c.x - a.x) * (py - a.y)) / area;
      const wc = ((b.x - a.x) * (py - a.y) - (px - a.x) * (b.y - a.y)) / area;
      const wa = 1 - wb - wc;
      if (wa < -1e-6 || wb < -1e-6 || wc < -1e-6) continue;
      const z = wa * a.z + wb * b.z + wc * c.z;
      const at = y * target.width + x;
      if (z <= target.depth[at]!) continue;
      const s = wa * a.s + wb * b.s + wc * c.s;
      const t = wa * a.t + wb * b.t + wc * c.t;
      const shade = wa * a.shade + wb * b.shade + wc * c.shade;
      if (over(target.colour, at * 4, raster, s, t, shade)) target.depth[at] = z;
    }
  }
}

/** Lays the raster's colour at (s, t), bilinear, over a sample; says whether it covers the most of it. */
function over(
  colour: Float32Array,
  at: number,
  raster: Raster,
  s: number,
  t: number,
  shade: number,
): boolean {
  const x = Math.min(Math.max(s - 0.5, 0), raster.width - 1.001);
  const y = Math.min(Math.max(t - 0.5, 0), raster.height - 1.001);
  const [ix, iy] = [Math.floor(x), Math.floor(y)];
  const [fx, fy] = [x - ix, y - iy];
  const corner = (iy * raster.width + ix) * 4;
  const corners = [corner, corner + 4, corner + raster.width * 4, corner + raster.width * 4 + 4];
  const weights = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy];
  let [red, green, blue, alpha] = [0, 0, 0, 0];
  for (let k = 0; k < 4; k++) {
    const from = corners[k]!;
    const cover = (weights[k]! * raster.data[from + 3]!) / 255;
    red += cover * raster.data[from]!;
    green += cover * raster.data[from + 1]!;
    blue += cover * raster.data[from + 2]!;
    alpha += cover;
  }
  const rest = 1 - alpha;
  colour[at] = red * shade + colour[at]! * rest;
  colour[at + 1] = green * shade + colour[at + 1]! * rest;
  colour[at + 2] = blue * shade + colour[at + 2]! * rest;
  colour[at + 3] = alpha + colour[at + 3]! * rest;
  return alpha > 0.5;
}

/** Means of SAMPLES×SAMPLES samples. */
export function average(samples: Float32Array, width: number, height: number): Float32Array {
  const out = new Float32Array(width * height * 4);
  const share = 1 / (SAMPLES * SAMPLES);
  for (let y = 0; y < height * SAMPLES; y++) {
    for (let x = 0; x < width * SAMPLES; x++) {
      const from = (y * width * SAMPLES + x) * 4;
      const to = (Math.floor(y / SAMPLES) * width + Math.floor(x / SAMPLES)) * 4;
      for (let k = 0; k < 4; k++) out[to + k]! += samples[from + k]! * share;
    }
  }
  return out;
}
