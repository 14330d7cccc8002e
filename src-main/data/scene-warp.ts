/**
 * Draws a part of a scene, scaled and maybe mirrored, into a part of a larger picture. Without turning, so rows and
 * columns are looked up once: it is what feeding a detector costs.
 */
import type { Box } from '../geometry';
import type { Picture } from './decode';
import { halve } from './warp';

/** How a picture lies in a region of a square of pixels. */
export interface Placement {
  /** What of the square is drawn on, in its pixels. */
  region: Box;
  /** Pixels of the square to a pixel of the picture. */
  scale: number;
  mirrored: boolean;
  /** Where the picture's left edge lies in the square; mirrored, that edge is on the right. */
  x: number;
  /** Where its top edge lies. */
  y: number;
  /** Fades out towards the region's edges, as an oval. */
  oval?: boolean;
}

/** Source pixels to an output pixel above which the source is halved first, so that nothing aliases. */
const SHRINK_AT = 1.5;

/** For each pixel of a row (or column): the source's pixel before it, −1 where outside, and the next one's weight. */
function lookUp(from: number, count: number, at: (pixel: number) => number, length: number) {
  const index = new Int32Array(count).fill(-1);
  const weight = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const source = at(from + i + 0.5) - 0.5;
    if (source < -0.5 || source > length - 0.5) continue;
    const low = Math.min(Math.max(Math.floor(source), 0), Math.max(0, length - 2));
    index[i] = low;
    weight[i] = Math.min(Math.max(source - low, 0), 1);
  }
  return { index, weight };
}

/** How wide an oval's soft edge is, as a share of its half-axes. */
const SOFT = 0.3;

/**
 * Draws with bilinear interpolation; what the picture does not cover stays as it was.
 * @param out size × size × 3 bytes, written
 */
export function resampleInto(picture: Picture, placement: Placement, out: Uint8Array, size: number): void {
  let source = picture;
  let scale = placement.scale;
  while (1 / scale > SHRINK_AT && Math.min(source.width, source.height) >= 4) {
    source = halve(source);
    scale *= 2;
  }
  const { region, mirrored, oval } = placement;
  const [x0, y0] = [Math.max(0, Math.round(region[0])), Math.max(0, Math.round(region[1]))];
  const x1 = Math.min(size, Math.round(region[0] + region[2]));
  const y1 = Math.min(size, Math.round(region[1] + region[3]));
  const { width, height, data } = source;
  const columns = lookUp(
    x0,
    Math.max(0, x1 - x0),
    (x) => (mirrored ? placement.x - x : x - placement.x) / scale,
    width,
  );
  const rows = lookUp(y0, Math.max(0, y1 - y0), (y) => (y - placement.y) / scale, height);
  const stride = width * 3;
  const [nextColumn, nextRow] = [width > 1 ? 3 : 0, height > 1 ? stride : 0];
  for (let row = 0; row < rows.index.length; row++) {
    if (rows.index[row]! < 0) continue;
    const top = rows.index[row]! * stride;
    const fy = rows.weight[row]!;
    const down = (2 * (y0 + row + 0.5 - region[1])) / region[3] - 1;
    for (let column = 0; column < columns.index.length; column++) {
      const index = columns.index[column]!;
      if (index < 0) continue;
      const fx = columns.weight[column]!;
      const at = top + index * 3;
      const to = ((y0 + row) * size + x0 + column) * 3;
      let alpha = 1;
      if (oval) {
        const across = (2 * (x0 + column + 0.5 - region[0])) / region[2] - 1;
        alpha = Math.min(1, (1 - Math.hypot(across, down)) / SOFT);
        if (alpha <= 0) continue;
      }
      for (let k = 0; k < 3; k++) {
        const a = data[at + k]!;
        const b = data[at + k + nextRow]!;
        const upper = a + (data[at + k + nextColumn]! - a) * fx;
        const lower = b + (data[at + k + nextColumn + nextRow]! - b) * fx;
        const value = upper + (lower - upper) * fy;
        out[to + k] = alpha === 1 ? value + 0.5 : out[to + k]! + (value - out[to + k]!) * alpha + 0.5;
      }
    }
  }
}
