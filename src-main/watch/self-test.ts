/**
 * What every engine is tried on before it watches: whether it answers as CPU and the float model do, and how fast. The
 * crops are drawn, the same every time.
 */
import { MASK_CLASSES, type Probabilities } from '../api';
import type { Engine } from './engine';

/** Crops in the timed batch: a group at the door. */
export const TIMED_BATCH = 4;
/** Largest difference to CPU's probabilities that is still the same answer. */
const AGREEMENT = 1e-3;
/**
 * Largest mean difference between the probabilities of a model and of its eight-bit form: far more than rounding gives,
 * far less than a processor without VNNI gives when its sixteen-bit sums overflow.
 */
const EIGHT_BIT_AGREEMENT = 0.1;
/** Milliseconds for one engine's timing. */
const TIMING_MS = 250;

/** Crops of gradients, stripes and noise in changing colours: the same every time, and unlike each other. */
export function selfTestCrops(size: number, n = TIMED_BATCH): Uint8Array {
  const crops = new Uint8Array(n * size * size * 3);
  let noise = 1;
  let at = 0;
  for (let i = 0; i < n; i++)
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++)
        for (let channel = 0; channel < 3; channel++) {
          noise = (Math.imul(noise, 1664525) + 1013904223) >>> 0;
          const ramp = ((x * (i + 1) + y * (channel + 1)) / size) * 128;
          crops[at++] = (ramp + (noise >>> 26) + 60 * ((i + channel) % n)) & 255;
        }
  return crops;
}

/** The largest difference between two lists of probabilities. */
export const difference = (a: Probabilities[], b: Probabilities[]): number =>
  Math.max(0, ...a.flatMap((p, i) => MASK_CLASSES.map((name) => Math.abs(p[name] - b[i]![name]))));

/** The mean difference between two lists of probabilities. */
const meanDifference = (a: Probabilities[], b: Probabilities[]): number => {
  const apart = a.flatMap((p, i) => MASK_CLASSES.map((name) => Math.abs(p[name] - b[i]![name])));
  return apart.reduce((sum, each) => sum + each, 0) / Math.max(1, apart.length);
};

/** Crops a second on TIMED_BATCH crops: the median of the runs that fit into TIMING_MS, at most 30, at least one. */
export async function time(engine: Engine, crops: Uint8Array): Promise<number> {
  const runs: number[] = [];
  const begin = performance.now();
  do {
    const start = performance.now();
    await engine.classify(crops, TIMED_BATCH);
    runs.push(performance.now() - start);
  } while (runs.length < 30 && performance.now() - begin < TIMING_MS);
  runs.sort((a, b) => a - b);
  return (TIMED_BATCH * 1000) / runs[runs.length >> 1]!;
}

/** Crops a second of an engine on the self-test's crops; the first run is not counted. */
export async function rateOf(engine: Engine): Promise<number> {
  const crops = selfTestCrops(engine.model.card.input.size);
  await engine.classify(crops, TIMED_BATCH);
  return time(engine, crops);
}

/**
 * A first, cheap timing: crops a second one by one. The first run compiles what a GPU runs and is not counted.
 * A provider that is this much slower than another with its TIMED_BATCH (software Vulkan: hundreds of times)
 * need not hold up the start any longer.
 */
export async function timeOne(engine: Engine, crops: Uint8Array): Promise<number> {
  await engine.classify(crops, 1);
  const start = performance.now();
  await engine.classify(crops, 1);
  return 1000 / (performance.now() - start);
}

/** A batch of TIMED_BATCH is at best this many times as fast a crop as one by one: beyond any GPU's gain. */
export const BATCH_GAIN = 2 * TIMED_BATCH;

/** @throws Error when the engine's answers are not CPU's, to AGREEMENT, or the float model's to EIGHT_BIT_AGREEMENT */
export async function checkAgreement(engine: Engine, cpu: Engine, crops: Uint8Array): Promise<void> {
  const [theirs, own] = [await cpu.classify(crops, TIMED_BATCH), await engine.classify(crops, TIMED_BATCH)];
  const eightBit = engine.model !== cpu.model;
  const apart = eightBit ? meanDifference(theirs, own) : difference(theirs, own);
  if (apart > (eightBit ? EIGHT_BIT_AGREEMENT : AGREEMENT))
    throw new Error(
      `its answers differ from ${eightBit ? "the float model's" : "cpu's"} by ${apart.toPrecision(2)}`,
    );
}
