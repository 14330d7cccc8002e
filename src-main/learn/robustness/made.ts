/** Figures over pictures that were made of others, slice by slice: drawn masks, for one. */
import { MASK_CLASSES } from '../../api';
import { ViewMaker } from '../../data/augment';
import type { Label } from '../../data/folders';
import type { ModelCard, Robustness } from '../../nets/card';
import { metricsOf, softmaxRows } from '../metrics';
import type { Predictor } from '../predictor';
import { logitsBothWays } from '../sets';
import { figuresOf } from './rows';

/** A picture that was made, of a slice of its own. */
export interface MadePicture {
  slice: string;
  value: string;
  label: Label;
  /** size×size×3 bytes, RGB, at the card's input. */
  pixels: Uint8Array;
}

/** @returns slices in the order in which their first pictures came */
export async function measureMade(
  pictures: AsyncIterable<MadePicture>,
  predictor: Pick<Predictor, 'logits'>,
  { input, temperature }: Pick<ModelCard, 'input' | 'temperature'>,
): Promise<Robustness['slices']> {
  const views = new ViewMaker(input.size, input);
  const image = new Float32Array(3 * input.size ** 2);
  const slices = new Map<string, { slice: string; value: string; logits: number[]; truths: Label[] }>();
  for await (const { slice, value, label, pixels } of pictures) {
    const key = `${slice}: ${value}`;
    const entry = slices.get(key) ?? { slice, value, logits: [], truths: [] };
    slices.set(key, entry);
    views.normalise(pixels, image);
    entry.logits.push(...(await logitsBothWays(predictor, image, input.size)));
    entry.truths.push(label);
  }
  return [...slices.values()].map(({ slice, value, logits, truths }) => {
    const probabilities = softmaxRows(Float32Array.from(logits), MASK_CLASSES.length, temperature);
    return { slice, value, made: true, ...figuresOf(metricsOf(probabilities, truths)) };
  });
}
