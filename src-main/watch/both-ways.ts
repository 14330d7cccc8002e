/** Faces judged as they are and mirrored (nets/both-ways.ts), for whoever asks a live classifier. */
import { MASK_CLASSES, type Probabilities } from '../api';
import { mirrored } from '../nets/both-ways';
import type { Classifier } from './classifier';

/** The probabilities of the mean of two answers' logits: their geometric mean, made to sum to 1. */
function between(a: Probabilities, b: Probabilities): Probabilities {
  const means = MASK_CLASSES.map((name) => Math.sqrt(a[name] * b[name]));
  const sum = means.reduce((total, mean) => total + mean, 0);
  // Two certain answers that contradict one another leave nothing: then neither is believed.
  const share = (mean: number) => (sum > 0 ? mean / sum : 1 / MASK_CLASSES.length);
  return Object.fromEntries(MASK_CLASSES.map((name, k) => [name, share(means[k]!)])) as Probabilities;
}

/**
 * What the classifier says of crops, asked both ways in one call.
 * @param crops n×S×S×3 bytes, RGB, S the classifier's size
 * @returns n probabilities, in the crops' order
 * @throws Error as `Classifier.classify` does
 */
export async function judge(
  classifier: Pick<Classifier, 'card' | 'classify'>,
  crops: Uint8Array,
  n: number,
): Promise<Probabilities[]> {
  const { size } = classifier.card.input;
  const straight = crops.subarray(0, n * size * size * 3);
  const asked = new Uint8Array(2 * straight.length);
  asked.set(straight);
  asked.set(mirrored(straight, size, 3), straight.length);
  const answers = await classifier.classify(asked, 2 * n);
  return Array.from({ length: n }, (_, i) => between(answers[i]!, answers[n + i]!));
}
