/** Losses: one number to make smaller, from a batch of logits. */
import { add, div, logSoftmax, mul, neg, reduceSum } from './functions';
import type { Value } from './graph';

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
  const each = neg(reduceSum(mul(smooth, logSoftmax(logits)), [1]));
  return div(reduceSum(mul(each, weights), [0]), reduceSum(weights, [0]));
}
