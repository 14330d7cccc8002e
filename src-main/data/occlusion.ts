/**
 * What stands before a face without being a mask: hands, scarves, phones, cups. A patch over part of the face,
 * whatever its class, so that a network does not take "something covers it" for a mask (compare Zhong et al.,
 * "Random Erasing Data Augmentation", 2020, and DeVries and Taylor, "Cutout", 2017, which fill with noise and
 * grey). Patches here are mostly shaped and coloured like hands.
 */
import { MASK_CLASSES } from '../api';
import type { Range } from './augmentation';
import type { Label } from './folders';

export const OCCLUSION_KINDS = ['skin', 'hand', 'grey', 'noise', 'texture'] as const;
export type OcclusionKind = (typeof OCCLUSION_KINDS)[number];

/** A patch: centre and half sides as shares of the crop's side, turned by `angle` radians. */
export interface Occlusion {
  kind: OcclusionKind;
  x: number;
  y: number;
  halfWidth: number;
  halfHeight: number;
  angle: number;
}

type Colour = [red: number, green: number, blue: number];

const INCORRECT = MASK_CLASSES.indexOf('incorrect');
/** An uncovered nose or mouth is small, and is all that tells `incorrect`: its patches are smaller… */
const SMALLER = 0.6;
/** …and stay out of a circle of this radius about the middle. */
const NOSE = 0.1;
/** Centres keep this far from the crop's edges: a face fills the rest. */
const EDGE = 0.15;

/**
 * Draws where a patch is and what kind.
 * @param sides of the patch, as shares of the crop's side
 * @param label the crop's class; null where it is not known
 */
export function drawOcclusion(sides: Range, label: Label | null, random: () => number): Occlusion {
  const careful = label === INCORRECT;
  const half = () => ((sides[0] + (sides[1] - sides[0]) * random()) * (careful ? SMALLER : 1)) / 2;
  const [halfWidth, halfHeight] = [half(), half()];
  const angle = random() * Math.PI;
  const kind = OCCLUSION_KINDS[Math.floor(random() * OCCLUSION_KINDS.length)]!;
  const away = careful ? NOSE + Math.hypot(halfWidth, halfHeight) : 0;
  const place = () => EDGE + (1 - 2 * EDGE) * random();
  let [x, y] = [place(), place()];
  while (Math.hypot(x - 0.5, y - 0.5) < away) [x, y] = [place(), place()];
  return { kind, x, y, halfWidth, halfHeight, angle };
}

/** From fair to dark skin. */
const SKIN: readonly [Colour, Colour] = [
  [238, 203, 182],
  [72, 45, 34],
];

/** A skin's colour: half the time of this face, from between eyes and hair, where no mask is; else any. */
function skinColour(pixels: Uint8Array, size: number, random: () => number): Colour {
  if (random() < 0.5) {
    const colour: Colour = [0, 0, 0];
    let n = 0;
    for (let y = Math.floor(0.26 * size); y < 0.34 * size; y++)
      for (let x = Math.floor(0.4 * size); x < 0.6 * size; x++, n++)
        for (let k = 0; k < 3; k++) colour[k] = colour[k]! + pixels[(y * size + x) * 3 + k]!;
    return colour.map((sum) => sum / Math.max(1, n)) as Colour;
  }
  const dark = random();
  return SKIN[0].map((fair, k) => (fair + (SKIN[1][k]! - fair) * dark) * (0.92 + 0.16 * random())) as Colour;
}

/** How far inside a shape the point (u, v) of the square [−1, 1]² is; below 0 outside. */
type Shape = (u: number, v: number) => number;

/** Between an ellipse (exponent 2) and a rectangle with round corners. */
const rounded =
  (exponent: number): Shape =>
  (u, v) =>
    1 - Math.pow(Math.pow(Math.abs(u), exponent) + Math.pow(Math.abs(v), exponent), 1 / exponent);

/** Four fingers that end at unequal heights, on a palm. */
function handShape(random: () => number): Shape {
  const tips = Array.from({ length: 4 }, (_, i) => (i === 1 || i === 2 ? -0.75 : -0.55) + 0.15 * random());
  const palm = rounded(4);
  return (u, v) => {
    const i = Math.min(3, Math.max(0, Math.floor((u + 1) * 2)));
    const outOfSpan = Math.max(0, tips[i]! - v, v - 0.5);
    const finger = 0.23 - Math.hypot(u - (i * 0.5 - 0.75), outOfSpan);
    return Math.max(finger, palm(u, (v - 0.5) * 2));
  };
}

/** Cells of a texture's grid to a side, whose colours run into each other as in a cloth out of focus. */
const CELLS = 5;

/** The colour at a point (u, v) of the square [−1, 1]², channel k. */
type Fill = (u: number, v: number, k: number) => number;

function fillOf(kind: OcclusionKind, pixels: Uint8Array, size: number, random: () => number): Fill {
  if (kind === 'skin' || kind === 'hand') {
    const colour = skinColour(pixels, size, random);
    const [right, down] = [0.3 * (random() - 0.5), 0.3 * (random() - 0.5)];
    return (u, v, k) => colour[k]! * (1 + right * u + down * v);
  }
  if (kind === 'grey') {
    const grey = 255 * random();
    return () => grey;
  }
  if (kind === 'noise') return () => 255 * random();
  const base = [random() * 255, random() * 255, random() * 255];
  const grid = Float32Array.from(
    { length: CELLS * CELLS * 3 },
    (_, i) => base[i % 3]! + 120 * (random() - 0.5),
  );
  const place = (t: number) => Math.min(CELLS - 1.001, Math.max(0, ((t + 1) / 2) * (CELLS - 1)));
  return (u, v, k) => {
    const [x, y] = [place(u), place(v)];
    const at = (Math.floor(y) * CELLS + Math.floor(x)) * 3 + k;
    const [fx, fy] = [x % 1, y % 1];
    const upper = grid[at]! * (1 - fx) + grid[at + 3]! * fx;
    const lower = grid[at + 3 * CELLS]! * (1 - fx) + grid[at + 3 * CELLS + 3]! * fx;
    return upper * (1 - fy) + lower * fy;
  };
}

/**
 * Paints a patch, its edge smoothed over a pixel.
 * @param pixels size × size × 3 bytes, RGB, changed in place
 */
export function occlude(
  pixels: Uint8Array,
  size: number,
  { kind, x, y, halfWidth, halfHeight, angle }: Occlusion,
  random: () => number,
): void {
  const shape = kind === 'hand' ? handShape(random) : rounded(2 + 4 * random());
  const fill = fillOf(kind, pixels, size, random);
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const reach = Math.hypot(halfWidth, halfHeight);
  const edge = Math.min(halfWidth, halfHeight) * size;
  const from = (middle: number) => Math.max(0, Math.floor((middle - reach) * size));
  const to = (middle: number) => Math.min(size, Math.ceil((middle + reach) * size));
  for (let py = from(y); py < to(y); py++)
    for (let px = from(x); px < to(x); px++) {
      const [dx, dy] = [(px + 0.5) / size - x, (py + 0.5) / size - y];
      const u = (cos * dx + sin * dy) / halfWidth;
      const v = (cos * dy - sin * dx) / halfHeight;
      const cover = Math.min(1, shape(u, v) * edge + 0.5);
      if (cover <= 0) continue;
      for (let k = 0, i = (py * size + px) * 3; k < 3; k++, i++) {
        const value = pixels[i]! + (fill(u, v, k) - pixels[i]!) * cover + 0.5;
        pixels[i] = value < 0 ? 0 : value > 255 ? 255 : value;
      }
    }
}
