/**
 * Which places of a picture answer for which face: task alignment learning's assigner (Feng et al. 2021, in YOLOv8's
 * form), dynamic because it goes by what the network now says. A place is aligned with a face as its score for it and
 * its box's overlap with it are high; of the places near a face the best aligned are made to answer for it. It is part
 * of the step's graph, so no second pass is needed; nothing here is differentiated.
 */
import {
  add,
  div,
  hardSigmoid,
  largest,
  max,
  mul,
  reduceMax,
  reduceSum,
  slice,
  sqrt,
  sub,
} from '../../autograd/functions';
import type { Value } from '../../autograd/graph';

export interface Assignment {
  /** N×faces×places: 1 where the place answers for the face, else 0; a place answers for one face at most. */
  answers: Value;
  /** N×faces×places, 0 to 1: how well it should; 0 where it does not answer. */
  targets: Value;
}

/** Places that answer for one face, at most. */
const MOST = 10;

/** 1 where a ≥ b, else 0. */
const atLeast = (a: Value, b: Value): Value => hardSigmoid(sub(a, b), 1e30, 1);

/**
 * @param candidates N×faces×places, 1 where the place is near enough to the face to answer, else 0
 * @param scores N×faces×places, 0 to 1: how likely the place holds it to be such a face
 * @param overlaps N×faces×places: IoU of the place's box with the face's
 */
export function assign(candidates: Value, scores: Value, overlaps: Value): Assignment {
  const near = mul(overlaps, candidates);
  const cube = mul(near, mul(near, near));
  const aligned = mul(sqrt(scores), mul(cube, cube));
  const most = Math.min(MOST, aligned.shape[2]!);
  const last = slice(largest(aligned, most), [2], [most - 1], [most]);
  const first = mul(candidates, atLeast(aligned, last));
  // A place that several faces want answers for the one that its box overlaps most.
  const wanted = mul(near, first);
  const chosen = mul(first, atLeast(wanted, reduceMax(wanted, [1])));
  const answers = div(chosen, max(reduceSum(chosen, [1], true), 1));
  // The best aligned place of a face is to answer as well as any of its boxes overlaps it, the others in proportion.
  const strength = mul(aligned, answers);
  const share = div(strength, add(reduceMax(strength, [2]), 1e-30));
  return { answers, targets: mul(share, reduceMax(mul(near, answers), [2])) };
}
