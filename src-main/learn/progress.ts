/** Where a run stands, kept in its folder after each epoch, so that a stopped run goes on to the same result. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Weights } from '../autograd/scope';
import type { TrainStep } from '../autograd/train-step';
import { readCheckpoint, writeCheckpoint } from './checkpoint';

/** What a checkpoint holds besides the training step's own state. */
export interface Progress<Report> {
  history: Report[];
  /** The weights that validated best so far. */
  best: Weights;
}

/** Where a run's folder keeps its checkpoint. */
export const checkpointIn = (out: string): string => join(out, 'checkpoint.bin');

/** Puts a prefix before every name. */
const prefixed = (prefix: string, vectors: Weights): Weights =>
  Object.fromEntries(Object.entries(vectors).map(([name, values]) => [prefix + name, values]));

/** The vectors whose names begin with a prefix, without it. */
const under = (prefix: string, vectors: Weights): Weights =>
  Object.fromEntries(
    Object.entries(vectors)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, values]) => [name.slice(prefix.length), values]),
  );

export async function saveProgress<Report>(
  out: string,
  trainer: TrainStep,
  { history, best }: Progress<Report>,
): Promise<void> {
  const { step, state } = trainer.snapshot();
  await writeCheckpoint(
    checkpointIn(out),
    { step, history },
    { ...prefixed('state/', state), ...prefixed('best/', best) },
  );
}

/**
 * Goes on from a folder's checkpoint, or begins when there is none.
 * @throws Error when it is not whole, or another network's
 */
export async function resumeProgress<Report>(out: string, trainer: TrainStep): Promise<Progress<Report>> {
  const path = checkpointIn(out);
  if (!existsSync(path)) return { history: [], best: trainer.weights() };
  const { meta, vectors } = await readCheckpoint(path);
  const { step, history } = meta as { step: number; history: Report[] };
  trainer.restore({ step, state: under('state/', vectors) });
  return { history, best: under('best/', vectors) };
}

/**
 * The best weights of an earlier run, to begin another from.
 * @throws Error naming the checkpoint when there is none, or none that is whole
 */
export async function bestWeightsOf(out: string): Promise<Weights> {
  const path = checkpointIn(out);
  if (!existsSync(path)) throw new Error(`${out} holds no finished epoch: there is no ${path}`);
  return under('best/', (await readCheckpoint(path)).vectors);
}
