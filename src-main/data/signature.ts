/**
 * What a picture is told again by, however it is turned, mirrored, resized or lit.
 *
 * It is read along rings about its centre. Turning it shifts the rings' values, mirroring reverses them; so the rings'
 * Fourier coefficients keep their sizes, and comparing their phases finds the best turn.
 */
import type { Picture } from './decode';
import { warp, WHOLE } from './warp';

/** Side that a picture is read at, in pixels. */
export const SIGNATURE_SIDE = 48;
const RINGS = 10;
const ANGLES = 64;
/** Frequencies kept along a ring, from 0. */
const WAVES = 14;
const COEFFICIENTS = RINGS * WAVES;

const cosines = Float64Array.from({ length: ANGLES }, (_, i) => Math.cos((2 * Math.PI * i) / ANGLES));
const sines = Float64Array.from({ length: ANGLES }, (_, i) => Math.sin((2 * Math.PI * i) / ANGLES));

/**
 * Coefficients of length 1, mean brightness taken out: real parts wave by wave and ring by ring, then imaginary parts.
 */
export type Signature = Float32Array;

/** @returns null for a picture without any contrast, which is like nothing and everything */
export function signature(picture: Picture): Signature | null {
  const bytes = new Uint8Array(SIGNATURE_SIDE * SIGNATURE_SIDE * 3);
  warp(picture, WHOLE, bytes, SIGNATURE_SIDE);
  const grey = Float32Array.from(
    { length: SIGNATURE_SIDE * SIGNATURE_SIDE },
    (_, i) => 0.299 * bytes[3 * i]! + 0.587 * bytes[3 * i + 1]! + 0.114 * bytes[3 * i + 2]!,
  );
  const found = new Float32Array(2 * COEFFICIENTS);
  const [real, imaginary] = [found.subarray(0, COEFFICIENTS), found.subarray(COEFFICIENTS)];
  const ring = new Float64Array(ANGLES);
  let mean = 0;
  let mass = 0;
  for (let r = 0; r < RINGS; r++) {
    const radius = ((r + 0.75) / RINGS) * (SIGNATURE_SIDE / 2 - 1);
    for (let i = 0; i < ANGLES; i++)
      ring[i] = sampled(
        grey,
        SIGNATURE_SIDE / 2 - 0.5 + radius * cosines[i]!,
        SIGNATURE_SIDE / 2 - 0.5 + radius * sines[i]!,
      );
    // A ring counts by its area, and a wave other than 0 twice, for its mirrored twin.
    const weight = Math.sqrt(radius);
    for (let k = 0; k < WAVES; k++) {
      let re = 0;
      let im = 0;
      for (let i = 0; i < ANGLES; i++) {
        re += ring[i]! * cosines[(i * k) % ANGLES]!;
        im -= ring[i]! * sines[(i * k) % ANGLES]!;
      }
      const scale = (weight * (k === 0 ? 1 : Math.SQRT2)) / ANGLES;
      real[k * RINGS + r] = re * scale;
      imaginary[k * RINGS + r] = im * scale;
    }
    mean += real[r]! * weight;
    mass += radius;
  }
  mean /= mass;
  for (let r = 0; r < RINGS; r++)
    real[r] = real[r]! - mean * Math.sqrt(((r + 0.75) / RINGS) * (SIGNATURE_SIDE / 2 - 1));
  const length = Math.hypot(...found);
  return length < 1 ? null : found.map((value) => value / length);
}

/**
 * What turning and mirroring leave alone: the rings' means, then the other coefficients' sizes. Of length 1; two
 * pictures' `similarity` is never more than the product of these.
 */
export function invariants(signature: Signature): Float32Array {
  const sizes = signature.slice(0, COEFFICIENTS);
  for (let i = RINGS; i < COEFFICIENTS; i++) sizes[i] = Math.hypot(sizes[i]!, signature[i + COEFFICIENTS]!);
  return sizes;
}

function sampled(grey: Float32Array, x: number, y: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const fx = x - left;
  const fy = y - top;
  const at = top * SIGNATURE_SIDE + left;
  const upper = grey[at]! * (1 - fx) + grey[at + 1]! * fx;
  const lower = grey[at + SIGNATURE_SIDE]! * (1 - fx) + grey[at + SIGNATURE_SIDE + 1]! * fx;
  return upper * (1 - fy) + lower * fy;
}

/**
 * The correlation of two pictures, −1 to 1, turned and mirrored as fits best.
 * @param least where no turn can reach it, none is tried, and something less is given
 */
export function similarity(a: Signature, b: Signature, least = -1): number {
  const straight = { re: new Float64Array(WAVES), im: new Float64Array(WAVES) };
  const mirrored = { re: new Float64Array(WAVES), im: new Float64Array(WAVES) };
  for (let k = 0; k < WAVES; k++) {
    let rr = 0;
    let ii = 0;
    let ri = 0;
    let ir = 0;
    for (let i = k * RINGS; i < (k + 1) * RINGS; i++) {
      rr += a[i]! * b[i]!;
      ii += a[i + COEFFICIENTS]! * b[i + COEFFICIENTS]!;
      ri += a[i]! * b[i + COEFFICIENTS]!;
      ir += a[i + COEFFICIENTS]! * b[i]!;
    }
    straight.re[k] = rr + ii;
    straight.im[k] = ir - ri;
    mirrored.re[k] = rr - ii;
    mirrored.im[k] = ir + ri;
  }
  let best = -1;
  for (const { re, im } of [straight, mirrored]) {
    // Every wave turned to where it fits best by itself, which no one turn need do.
    let bound = 0;
    for (let k = 0; k < WAVES; k++) bound += Math.sqrt(re[k]! * re[k]! + im[k]! * im[k]!);
    if (bound < least) continue;
    for (let turn = 0; turn < ANGLES; turn++) {
      let sum = 0;
      for (let k = 0; k < WAVES; k++) {
        const at = (turn * k) % ANGLES;
        sum += re[k]! * cosines[at]! - im[k]! * sines[at]!;
      }
      if (sum > best) best = sum;
    }
  }
  return best;
}
