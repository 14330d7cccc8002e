/** From what the one-shot detector gives to boxes: decoding, and suppression of boxes of the same face. */
import { type Box, iou } from '../geometry';
import { type Places, SIDE_LIMITS } from './places';

/** A face that was found. */
export interface Detection {
  /** In pixels of the picture that was looked at. */
  box: Box;
  /** How sure it is a face, 0 to 1. */
  score: number;
  /** Probability of each mask class, in the classes' order; together 1. */
  probabilities: number[];
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const between = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);

/**
 * @param numbers one picture's, (5 + classes)×places (see nets/oneshot.ts)
 * @param least score below which a place is passed over, 0 to 1
 */
export function decode(numbers: Float32Array, places: Places, classes: number, least: number): Detection[] {
  const { count } = places;
  const limit = Math.log(least / (1 - least));
  const found: Detection[] = [];
  for (let at = 0; at < count; at++) {
    const face = numbers[4 * count + at]!;
    if (!(face >= limit)) continue;
    const stride = places.stride[at]!;
    const side = (row: number) => Math.exp(between(numbers[row * count + at]!, ...SIDE_LIMITS)) * stride;
    const [width, height] = [side(2), side(3)];
    const x = places.x[at]! + numbers[at]! * stride;
    const y = places.y[at]! + numbers[count + at]! * stride;
    const scores = Array.from({ length: classes }, (_, k) => sigmoid(numbers[(5 + k) * count + at]!));
    const sum = scores.reduce((a, b) => a + b, 1e-9);
    found.push({
      box: [x - width / 2, y - height / 2, width, height],
      score: sigmoid(face),
      probabilities: scores.map((score) => score / sum),
    });
  }
  return found;
}

/**
 * Leaves of boxes that overlap the best one only (greedy non-maximum suppression), whatever their classes: a face has
 * one verdict.
 * @param most IoU above which two boxes are the same face
 * @returns the best first
 */
export function suppress<T extends { box: Box; score: number }>(found: readonly T[], most = 0.5): T[] {
  const kept: T[] = [];
  for (const one of found.toSorted((a, b) => b.score - a.score))
    if (kept.every((other) => iou(one.box, other.box) <= most)) kept.push(one);
  return kept;
}
