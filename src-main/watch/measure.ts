/**
 * How fast a classifier is: crops a second from bytes to probabilities, as the live path runs it (normalising and
 * softmax included).
 */
import type { Classifier } from './classifier';
import { selfTestCrops } from './self-test';

/** Crops a second of the distilled CNN on a V100 (Ding, Li, Yastremsky 2021). */
export const ARTICLE_CROPS_PER_SECOND = 775;

/** Longest that one measurement lasts once it has three runs, in milliseconds. */
const MEASURE_MS = 1000;
const MOST_RUNS = 200;

/**
 * @param batch crops a call
 * @returns crops a second: the median over runs of about a second altogether, after one run to warm up
 */
export async function cropsPerSecond(classifier: Classifier, batch: number): Promise<number> {
  const crops = selfTestCrops(classifier.card.input.size, batch);
  await classifier.classify(crops, batch);
  const runs: number[] = [];
  const begin = performance.now();
  while (runs.length < 3 || (runs.length < MOST_RUNS && performance.now() - begin < MEASURE_MS)) {
    const start = performance.now();
    await classifier.classify(crops, batch);
    runs.push(performance.now() - start);
  }
  runs.sort((a, b) => a - b);
  return (batch * 1000) / runs[runs.length >> 1]!;
}
