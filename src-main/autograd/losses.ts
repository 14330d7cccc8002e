/** Losses: one number to make smaller, from a batch of logits. */
import { add, div, exp, logSoftmax, mul, neg, reduceSum, softplus, sub } from './functions';
import type { Value } from './graph';

/** The weighted mean of a batch's N numbers. */
export const batchMean = (each: Value, weights: Value): Value =>
  div(reduceSum(mul(each, weights), [0]), reduceSum(weights, [0]));

/**
 * Softmax cross entropy, the weighted mean over the batch.
 *
 * @param logits N×C
 * @param targets N×C, a distribution a row (one-hot, or soft)
 * @param weights N, how much each sample counts (≥ 0, not all 0)
 * @param smoothing label smoothing (Szegedy et al. 2016), 0 to 1: that share of each target is spread evenly
 */
export function crossEntropy(logits: Value, targets: Value, weights: Value, smoothing = 0): Value {
  const classes = logits.shape[1]!;
  const smooth = smoothing > 0 ? add(mul(targets, 1 - smoothing), smoothing / classes) : targets;
  return batchMean(neg(reduceSum(mul(smooth, logSoftmax(logits)), [1])), weights);
}

/**
 * KL(p ‖ q) between softened softmaxes, times T² (Hinton et al. 2015: so that its gradients are of one size whatever
 * T), the weighted mean over the batch.
 *
 * @param p logits N×C of the distribution that is followed
 * @param q logits N×C of the one that follows
 * @param weights N, how much each sample counts (≥ 0, not all 0)
 * @param temperature T > 0
 */
export function divergence(p: Value, q: Value, weights: Value, temperature = 1): Value {
  const logP = logSoftmax(div(p, temperature));
  const logQ = logSoftmax(div(q, temperature));
  const each = reduceSum(mul(exp(logP), sub(logP, logQ)), [1]);
  return mul(batchMean(each, weights), temperature ** 2);
}

/**
 * Squared difference, the mean over all numbers.
 * @param a any shape
 * @param b the same shape
 */
export function meanSquaredError(a: Value, b: Value): Value {
  const difference = sub(a, b);
  const axes = a.shape.map((_, axis) => axis);
  return div(
    reduceSum(mul(difference, difference), axes),
    a.shape.reduce((x, y) => x * y, 1),
  );
}

/**
 * Cross entropy of independent yes-or-no answers, number by number, in the form that does not overflow:
 * log(1 + eᶻ) − z·y.
 *
 * @param logits z, any shape
 * @param targets y, the same shape, 0 to 1
 * @returns the same shape; the caller weighs and sums
 */
export const binaryCrossEntropy = (logits: Value, targets: Value): Value =>
  sub(softplus(logits), mul(logits, targets));
