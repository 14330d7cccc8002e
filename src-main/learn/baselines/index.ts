/**
 * The article's baselines, trained and measured by the same verbs as networks: same splits, same card, same
 * predictions. They are there to be beaten in the table.
 */
import type { Normalisation } from '../../data/augment';
import { Predictor } from '../predictor';
import type { TrainResult } from '../train-options';
import type { BaselineOptions } from './baseline';
import { HaarPredictor } from './haar-model';
import { runHaar } from './haar-run';
import { trainForest } from './random-forest';

export type { BaselineOptions } from './baseline';

/** Each baseline by its name. */
export const BASELINES: Record<string, (options: BaselineOptions) => Promise<TrainResult>> = {
  'random-forest': trainForest,
  haar: runHaar,
};

/**
 * Opens what a run made: a network or forest (.onnx), or the Haar baseline (.cascades).
 * @param size side of its pictures in pixels
 * @param normalisation of the pictures it will be given, which a model that takes bytes has undone
 * @throws Error naming the file that cannot be loaded
 */
export const openPredictor = (
  model: string,
  size: number,
  threads?: number,
  normalisation?: Normalisation,
): Promise<Pick<Predictor, 'logits' | 'release'>> =>
  model.endsWith('.cascades')
    ? HaarPredictor.open(model)
    : Predictor.open(model, size, threads, normalisation);
