/** How good a classifier is on a set: from probabilities and truths to the figures the card and reports give. */
import { MASK_CLASSES } from '../api';
import type { Metrics } from '../nets/card';

const BINS = 15;
const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

/** Index of the largest of `count` numbers from `offset`. */
export function argmax(values: ArrayLike<number>, offset: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[offset + i]! > values[offset + best]!) best = i;
  return best;
}

/**
 * Expected calibration error (Guo et al. 2017): the gap between confidence and accuracy, over 15 equal bins of
 * confidence, weighted by how many fall in each.
 */
function calibrationError(probabilities: Float32Array, truths: ArrayLike<number>, classes: number): number {
  const bins = Array.from({ length: BINS }, () => ({ n: 0, right: 0, confidence: 0 }));
  for (let i = 0; i < truths.length; i++) {
    const best = argmax(probabilities, i * classes, classes);
    const confidence = probabilities[i * classes + best]!;
    const bin = bins[Math.min(BINS - 1, Math.floor(confidence * BINS))]!;
    bin.n += 1;
    bin.confidence += confidence;
    bin.right += best === truths[i] ? 1 : 0;
  }
  return sum(bins.map((bin) => Math.abs(bin.right - bin.confidence))) / Math.max(1, truths.length);
}

/**
 * @param probabilities N×3, each row sums to 1, in the order of MASK_CLASSES
 * @param truths N class indices
 */
export function metricsOf(probabilities: Float32Array, truths: ArrayLike<number>): Metrics {
  const classes = MASK_CLASSES.length;
  const n = truths.length;
  const matrix = MASK_CLASSES.map(() => MASK_CLASSES.map(() => 0));
  for (let i = 0; i < n; i++) matrix[truths[i]!]![argmax(probabilities, i * classes, classes)]! += 1;

  const perClass = MASK_CLASSES.map((_, k) => {
    const right = matrix[k]![k]!;
    const truth = sum(matrix[k]!);
    const predicted = sum(matrix.map((row) => row[k]!));
    return {
      n: truth,
      precision: ratio(right, predicted),
      recall: ratio(right, truth),
      f1: ratio(2 * right, truth + predicted),
    };
  });
  const recalls = perClass.flatMap(({ recall }) => (recall === null ? [] : [recall]));
  return {
    n,
    accuracy: sum(matrix.map((row, k) => row[k]!)) / Math.max(1, n),
    balancedAccuracy: sum(recalls) / Math.max(1, recalls.length),
    confusion: { labels: [...MASK_CLASSES], matrix },
    perClass: Object.fromEntries(MASK_CLASSES.map((name, k) => [name, perClass[k]!])),
    ece: calibrationError(probabilities, truths, classes),
  };
}

/**
 * Metrics of some of a set's pictures.
 * @param rows their places
 */
export function metricsOfRows(
  probabilities: Float32Array,
  truths: ArrayLike<number>,
  rows: readonly number[],
): Metrics {
  const classes = MASK_CLASSES.length;
  const chosen = new Float32Array(rows.length * classes);
  for (const [i, row] of rows.entries())
    chosen.set(probabilities.subarray(row * classes, (row + 1) * classes), i * classes);
  return metricsOf(
    chosen,
    rows.map((row) => truths[row]!),
  );
}

/** Softmax of logits N×C divided by a temperature, row by row. */
export function softmaxRows(logits: Float32Array, classes: number, temperature = 1): Float32Array {
  const probabilities = new Float32Array(logits.length);
  for (let at = 0; at < logits.length; at += classes) {
    const row = logits.subarray(at, at + classes);
    const top = Math.max(...row);
    const powers = Array.from(row, (x) => Math.exp((x - top) / temperature));
    const total = sum(powers);
    powers.forEach((power, k) => (probabilities[at + k] = power / total));
  }
  return probabilities;
}

/** Mean cross entropy of logits N×C at a temperature, for calibration. */
export function meanCrossEntropy(
  logits: Float32Array,
  truths: ArrayLike<number>,
  classes: number,
  temperature = 1,
): number {
  const probabilities = softmaxRows(logits, classes, temperature);
  let total = 0;
  for (let i = 0; i < truths.length; i++)
    total -= Math.log(Math.max(1e-12, probabilities[i * classes + truths[i]!]!));
  return total / Math.max(1, truths.length);
}

/**
 * The temperature that calibrates logits best on a validation set (Guo et al. 2017): a golden-section search
 * of the cross entropy, which has one minimum, over 0.25 to 8.
 */
export function bestTemperature(logits: Float32Array, truths: ArrayLike<number>, classes: number): number {
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [Math.log(0.25), Math.log(8)];
  const cost = (log: number) => meanCrossEntropy(logits, truths, classes, Math.exp(log));
  for (let i = 0; i < 40; i++) {
    const [a, b] = [high - golden * (high - low), low + golden * (high - low)];
    if (cost(a) < cost(b)) high = b;
    else low = a;
  }
  return Math.exp((low + high) / 2);
}
