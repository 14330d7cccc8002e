/** Where a run stands, kept in its folder after each epoch, so that a stopped run goes on to the same result. */
import { createHash } from 'node:crypto';
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

/** Tells networks apart that have as many numbers. */
const digest = ({ layout }: TrainStep): string => createHash('sha256').update(layout).digest('hex');

export async function saveProgress<Report>(
  out: string,
  trainer: TrainStep,
  { history, best }: Progress<Report>,
): Promise<void> {
  const { step, state } = trainer.snapshot();
  await writeCheckpoint(
    checkpointIn(out),
    { step, history, network: digest(trainer) },
    { ...prefixed('state/', state), ...prefixed('best/', best) },
  );
}

/**
 * Goes on from a folder's checkpoint, or begins when there is none.
 * @throws Error naming it when it is not whole, or another network's or optimiser's
 */
export async function resumeProgress<Report>(out: string, trainer: TrainStep): Promise<Progress<Report>> {
  const path = checkpointIn(out);
  if (!existsSync(path)) return { history: [], best: trainer.weights() };
  const { meta, vectors } = await readCheckpoint(path);
  const { step, history, network } = meta as { step: number; history: Report[]; network?: string };
  try {
    // Checkpoints of earlier versions do not say.
    if (network !== undefined && network !== digest(trainer))
      throw new Error('the checkpoint does not fit this network: its layers are others');
    trainer.restore({ step, state: under('state/', vectors) });
  } catch (error) {
    throw new Error(`cannot go on from ${path}: ${(error as Error).message}`, { cause: error });
  }
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
