/**
 * How much a look at a face is worth, 0 to 1, from what can be seen without knowing the face: how large it is,
 * how sharp its crop, how sure the detector. A look worth 0 says nothing about the mask.
 */
import type { Face } from '../api';

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
