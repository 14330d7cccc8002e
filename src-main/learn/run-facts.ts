/** What a run's folder says of the run itself (`run.json`): which network, how long it took, and on what machine. */
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { writeAtomic } from '../files';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const amount = v.pipe(v.number(), v.minValue(0));

export const runFactsSchema = v.object({
  version: v.literal(1),
  /** The architecture's name. */
  network: v.string(),
  /** The model's file in the run's folder. */
  model: v.string(),
  command: v.string(),
  /** False when it was stopped before its last epoch. */
  finished: v.boolean(),
  parameters: count,
  /** Side of the pictures in pixels. */
  size: count,
  training: v.object({
    /** Pictures trained on, each as often as it was; 0 for what is not trained. */
    images: count,
    /** Spent training, without validation. */
    seconds: amount,
    /** Null where nothing was trained. */
    imagesPerSecond: v.nullable(amount),
  }),
  /** Models it learnt from, where it had teachers: absolute paths at the time. */
  teachers: v.optional(v.array(v.string())),
  host: v.object({
    cpu: v.string(),
    cores: count,
    memoryGigabytes: amount,
    platform: v.string(),
    /** Threads a training step took. */
    threads: count,
    /** What it ran on: ONNX Runtime's provider, or `javascript`, `wasm`. */
    provider: v.string(),
  }),
});
export type RunFacts = v.InferOutput<typeof runFactsSchema>;

/** Where a run's folder keeps them. */
export const factsIn = (out: string): string => join(out, 'run.json');

const tenths = (value: number): number => Math.round(value * 10) / 10;

/** This machine. @param threads as asked for; 0 is all cores */
export function thisHost(threads: number, provider: string): RunFacts['host'] {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGigabytes: tenths(totalmem() / 2 ** 30),
    platform: `${process.platform} ${process.arch}, Node ${process.versions.node}`,
    threads: threads === 0 ? availableParallelism() : threads,
    provider,
  };
}

/** How much was trained on, and how fast. @param seconds without validation */
export const trainingFacts = (images: number, seconds: number): RunFacts['training'] => ({
  images,
  seconds: tenths(seconds),
  imagesPerSecond: images > 0 && seconds > 0 ? tenths(images / seconds) : null,
});

/** Writes them to a run's folder, whole or not at all. */
export const writeFacts = (out: string, facts: RunFacts): Promise<void> =>
  writeAtomic(factsIn(out), Buffer.from(`${JSON.stringify(facts, null, 2)}\n`));
