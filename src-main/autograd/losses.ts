/** Losses: one number to make smaller, from a batch of logits. */
import { add, clip, div, exp, logSoftmax, mul, neg, reduceSum, relu, softplus, sub } from './functions';
import type { Value } from './graph';

/** The mean of a batch's N numbers, weighted where there are weights. */
export const batchMean = (each: Value, weights: Value | null): Value =>
  weights ? div(reduceSum(mul(each, weights), [0]), reduceSum(weights, [0])) : mean(each);

/**
 * Softmax cross entropy, the weighted mean over the batch.
 *
 * @param logits N×C
 * @param targets N×C, a distribution a row (one-hot, or soft); a row of zeros has no label and adds nothing
 * @param weights N, how much each sample counts (≥ 0, not all 0); null: all alike
 * @param smoothing label smoothing (Szegedy et al. 2016), 0 to 1: that share of each target is spread evenly
 */
export function crossEntropy(
  logits: Value,
  targets: Value,
  weights: Value | null = null,
  smoothing = 0,
): Value {
  const classes = logits.shape[1]!;
  const share = () => mul(reduceSum(targets, [1], true), smoothing / classes);
  const smooth = smoothing > 0 ? add(mul(targets, 1 - smoothing), share()) : targets;
  return batchMean(neg(reduceSum(mul(smooth, logSoftmax(logits)), [1])), weights);
}

/**
 * KL(p ‖ q) between softened softmaxes, times T² (Hinton et al. 2015: so that its gradients are of one size whatever
 * T), the weighted mean over the batch.
 *
 * @param p logits N×C of the distribution that is followed
 * @param q logits N×C of the one that follows
 * @param weights N, how much each sample counts (≥ 0, not all 0); null: all alike
 * @param temperature T > 0
 */
export function divergence(p: Value, q: Value, weights: Value | null = null, temperature = 1): Value {
  const logP = logSoftmax(div(p, temperature));
  const logQ = logSoftmax(div(q, temperature));
  const each = reduceSum(mul(exp(logP), sub(logP, logQ)), [1]);
  return mul(batchMean(each, weights), temperature ** 2);
}

/**
 * Huber's loss at δ = 1 (Huber 1964), number by number: x²/2 up to 1, |x| − ½ beyond.
 * @returns the same shape; the caller sums
 */
export function huber(x: Value): Value {
  const size = add(relu(x), relu(neg(x)));
  const near = clip(size, 0, 1);
  return mul(near, sub(size, mul(near, 0.5)));
}

/** The mean over all numbers. */
export const mean = (x: Value): Value =>
  div(
    reduceSum(
      x,
      x.shape.map((_, axis) => axis),
    ),
    x.shape.reduce((a, b) => a * b, 1),
  );

/**
 * Squared difference, the mean over all numbers.
 * @param a any shape
 * @param b the same shape
 */
export function meanSquaredError(a: Value, b: Value): Value {
  const difference = sub(a, b);
  return mean(mul(difference, difference));
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
