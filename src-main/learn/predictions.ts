/**
 * What a trained classifier said of every picture it was measured on, kept in the run's folder as a line of JSON a
 * picture. Reports are made from it: the run need not be repeated, nor its pictures be there.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { MASK_CLASSES } from '../api';
import type { Sample } from '../data/folders';
import { writeAtomic } from '../files';
import { softmaxRows } from './metrics';

/** What pictures were kept for: choosing, testing, or sets that no picture was trained on from. */
export const MEASURED_SPLITS = ['validation', 'test', 'unseen'] as const;
export type MeasuredSplit = (typeof MEASURED_SPLITS)[number];

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const predictionSchema = v.object({
  /** The picture's absolute path when it was measured. */
  file: v.string(),
  set: v.string(),
  split: v.picklist(MEASURED_SPLITS),
  truth: v.picklist(MASK_CLASSES),
  /** Calibrated, in the order of MASK_CLASSES. */
  probabilities: v.tuple([share, share, share]),
});
export type Prediction = v.InferOutput<typeof predictionSchema>;

/** A classifier's answers to samples, in their order. */
export interface Answers {
  samples: readonly Sample[];
  /** N×3 */
  logits: Float32Array;
}

/** Answers as probabilities at a temperature, rounded to what a report can show. */
export function predictionsOf({ samples, logits }: Answers, split: MeasuredSplit, temperature: number) {
  const classes = MASK_CLASSES.length;
  const probabilities = softmaxRows(logits, classes, temperature);
  const at = (row: number, k: number) => Math.round(1e6 * probabilities[row * classes + k]!) / 1e6;
  return samples.map(({ file, set, label }, row): Prediction => ({
    file,
    set,
    split,
    truth: MASK_CLASSES[label],
    probabilities: [at(row, 0), at(row, 1), at(row, 2)],
  }));
}

/** Where a run's folder keeps them. */
export const predictionsIn = (out: string): string => join(out, 'predictions.jsonl');

/** Writes them to a run's folder, whole or not at all. */
export async function writePredictions(out: string, predictions: readonly Prediction[]): Promise<void> {
  const lines = predictions.map((prediction) => `${JSON.stringify(prediction)}\n`);
  await writeAtomic(predictionsIn(out), Buffer.from(lines.join('')));
}

/**
 * Reads a run's predictions.
 * @throws Error naming the file, and the line that is not a prediction
 */
export async function readPredictions(out: string): Promise<Prediction[]> {
  const path = predictionsIn(out);
  const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  return lines.map((line, i) => {
    try {
      return v.parse(predictionSchema, JSON.parse(line));
    } catch (error) {
      throw new Error(`${path} is damaged: line ${i + 1} is not a prediction`, { cause: error });
    }
  });
}
