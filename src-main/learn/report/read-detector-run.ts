/** Reads the folder of a one-shot network's run for a report: its card, losses by epoch, and what it ran on. */
import { join } from 'node:path';
import * as v from 'valibot';
import { type DetectorCard, detectorCardPath, readDetectorCard } from '../../detect/card';
import type { RunFacts } from '../run-facts';
import { checked } from './read-json';

const epochSchema = v.object({
  epoch: v.number(),
  trainLoss: v.number(),
  validation: v.object({ map50: v.nullable(v.number()), faceAp50: v.nullable(v.number()) }),
  best: v.boolean(),
});
export type DetectorEpoch = v.InferOutput<typeof epochSchema>;

export interface DetectorRun {
  /** The folder's name; unique within a report. */
  name: string;
  folder: string;
  /** Path of the model's file. */
  model: string;
  card: DetectorCard;
  history: DetectorEpoch[];
  facts: RunFacts;
}

/** @throws Error naming the file that is missing or damaged */
export async function readDetectorRun(folder: string, name: string, facts: RunFacts): Promise<DetectorRun> {
  const model = join(folder, facts.model);
  const card = await readDetectorCard(detectorCardPath(model));
  const history = await checked(join(folder, 'history.json'), v.array(epochSchema));
  return { name, folder, model, card, history: history ?? [], facts };
}
