/** Two models on the same faces: how good each is, and on which faces they differ. */
import { MASK_CLASSES, type ChangedFace, type MaskClass, type Metrics, type Probabilities } from '../api';
import type { Sample } from '../data/folders';
import { Loader } from '../data/loader';
import { readCard } from '../nets/card';
import { argmax, metricsOf, softmaxRows } from './metrics';
import { Predictor } from './predictor';
import { predictAll } from './sets';

const CLASSES = MASK_CLASSES.length;
/** Faces a comparison tells of one by one. */
const MOST_CHANGED = 200;

/** A model's calibrated answers, N×3. */
export async function answersOf(model: string, samples: Sample[]): Promise<Float32Array> {
  if (samples.length === 0) return new Float32Array(0);
  const { input, temperature } = await readCard(model);
  const predictor = await Predictor.open(model, input.size);
  const loader = new Loader({ size: input.size, batch: 32, seed: 0, normalisation: input, cache: 0 });
  try {
    const { logits } = await predictAll(predictor, loader.plain(samples));
    return softmaxRows(logits, CLASSES, temperature);
  } finally {
    await loader.close();
    await predictor.release();
  }
}

const verdictOf = (answers: Float32Array, i: number): number => argmax(answers, i * CLASSES, CLASSES);

const probabilitiesOf = (answers: Float32Array, i: number): Probabilities => {
  const [correct, incorrect, none] = answers.subarray(i * CLASSES, (i + 1) * CLASSES);
  return { correct: correct!, incorrect: incorrect!, none: none! };
};

/**
 * @param before the one model's answers to the samples, N×3
 * @param after the other's
 * @param ids of the samples' faces, in the same order
 */
export function differences(
  samples: readonly Sample[],
  ids: readonly number[],
  before: Float32Array,
  after: Float32Array,
): { before: Metrics; after: Metrics; changed: ChangedFace[] } {
  const truths = samples.map(({ label }) => label);
  const changed = truths.flatMap((truth, i) => {
    if (verdictOf(before, i) === verdictOf(after, i)) return [];
    const name: MaskClass = MASK_CLASSES[truth];
    const became = Number(verdictOf(after, i) === truth) - Number(verdictOf(before, i) === truth);
    const face = {
      face: ids[i]!,
      truth: name,
      before: probabilitiesOf(before, i),
      after: probabilitiesOf(after, i),
    };
    return [{ became, face }];
  });
  changed.sort((a, b) => a.became - b.became);
  return {
    before: metricsOf(before, truths),
    after: metricsOf(after, truths),
    changed: changed.slice(0, MOST_CHANGED).map(({ face }) => face),
  };
}

/** How many faces two models judge alike. */
export const agreementOf = (a: Float32Array, b: Float32Array): { same: number; of: number } => {
  const of = a.length / CLASSES;
  const same = Array.from({ length: of }, (_, i) => verdictOf(a, i) === verdictOf(b, i));
  return { same: same.filter(Boolean).length, of };
};
