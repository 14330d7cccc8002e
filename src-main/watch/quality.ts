/**
 * How much a look at a face is worth, 0 to 1, from what can be seen without knowing the face: how large it is,
 * how sharp its crop, how sure the detector. A look worth 0 says nothing about the mask.
 */
import type { Face } from '../api';

/** Side that crops are reduced to before their sharpness is measured, so that it means the same for any model. */
const REDUCED = 56;

/**
 * Sharpness below which the mask's edge cannot be made out, and from which a crop is as good as any. The student
 * is trained on blurred crops too: on a set it never saw, its recall of `incorrect` was .53 to .74 from 0.008
 * upwards, .45 from 0.004 to 0.008, .17 below.
 */
export const BLURRED = 0.006;
export const SHARP = 0.05;
/** A face this many times `minFacePixels` is as good as any. */
const LARGE = 3;
/** Detector score that is as good as any. */
const CLEAR_SCORE = 0.8;

/** Working space of `sharpness`: one reduced grey crop. */
let grey = new Float32Array(REDUCED * REDUCED);

/**
 * How sharp a crop is: variance of its Laplacian (Pech-Pacheco 2000) over its variance, on a reduced grey copy;
 * the quotient is the same in dim and in bright light. Crops of photographs have 0.1 to 1.5 (1 in 100 less than
 * 0.03); blurred by a Gaussian of σ = 2, 3, 4, 6 pixels at 112×112, a median of 0.07, 0.024, 0.011, 0.004.
 *
 * @param crops crops one after another, size×size×3 bytes each
 * @param index which of them
 */
export function sharpness(crops: Uint8Array, index: number, size: number): number {
  const factor = Math.max(1, Math.round(size / REDUCED));
  const side = Math.floor(size / factor);
  if (grey.length < side * side) grey = new Float32Array(side * side);
  const start = index * size * size * 3;
  const share = 1 / (factor * factor);
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++) {
      let sum = 0;
      for (let dy = 0; dy < factor; dy++) {
        let at = start + ((y * factor + dy) * size + x * factor) * 3;
        for (let dx = 0; dx < factor; dx++, at += 3) sum += crops[at]! + 2 * crops[at + 1]! + crops[at + 2]!;
      }
      grey[y * side + x] = (sum * share) / 4;
    }
  let [sum, squares, edge, edgeSquares] = [0, 0, 0, 0];
  for (let y = 1; y < side - 1; y++)
    for (let x = 1; x < side - 1; x++) {
      const at = y * side + x;
      const here = grey[at]!;
      const laplacian = grey[at - 1]! + grey[at + 1]! + grey[at - side]! + grey[at + side]! - 4 * here;
      sum += here;
      squares += here * here;
      edge += laplacian;
      edgeSquares += laplacian * laplacian;
    }
  const n = (side - 2) * (side - 2);
  const variance = squares / n - (sum / n) ** 2;
  const edgeVariance = edgeSquares / n - (edge / n) ** 2;
  // One grey level of noise keeps a flat crop (nothing to see) from looking sharp.
  return edgeVariance / (variance + 1);
}

/**
 * What a look is worth, 0 to 1; 0 when the face is smaller than `minPixels` or its crop is blurred. Size and
 * sharpness grow from a fifth to full on a logarithmic scale, the detector's score in proportion.
 *
 * @param sharp as `sharpness` gives it
 * @param minPixels shortest side a face must have, in picture pixels
 */
export function lookQuality(face: Face, sharp: number, minPixels: number): number {
  const side = Math.min(face.box[2], face.box[3]);
  if (side < minPixels || sharp < BLURRED) return 0;
  const size = between(side, minPixels, LARGE * minPixels);
  return size * between(sharp, BLURRED, SHARP) * Math.min(1, Math.max(0.2, face.score / CLEAR_SCORE));
}

/** 0.2 at `low`, 1 from `high`, in proportion to the logarithm between. */
const between = (value: number, low: number, high: number): number =>
  Math.min(1, 0.2 + 0.8 * (Math.log(value / low) / Math.log(high / low)));
