/**
 * Which provider a model runs on: each candidate is opened, must answer as CPU does, and is timed on the real
 * model; the fastest is taken. Everything is measured, nothing assumed: a GPU that is slower than the CPU for
 * a few small crops (or a software Vulkan device) loses by itself.
 */
import { MASK_CLASSES, type Probabilities, type Provider } from '../api';
import { Engine, type LoadedModel, type Session } from './engine';
import { candidateProviders, openSession, PROVIDER_TABLE, reasonOf } from './providers';

/** Crops in the timed batch: a group at the door. */
export const TIMED_BATCH = 4;
/** Largest difference to CPU's probabilities that is still the same answer. */
export const AGREEMENT = 1e-3;
/** Milliseconds for one provider's timing, and for all but CPU: once they are over, no further one is tried. */
const TIMING_MS = 250;
const ALL_MS = 2000;

export interface ChoiceParts {
  /** Providers to try, CPU first. */
  candidates: () => Provider[];
  openSession: (model: Uint8Array, provider: Provider) => Promise<Session>;
}

/** ONNX Runtime's own, with a number of threads on CPU. */
export const realParts = (threads?: number): ChoiceParts => ({
  candidates: candidateProviders,
  openSession: (model, provider) => openSession(model, provider, threads),
});

export interface Choice {
  /** The CPU engine: always open, it is what is fallen back to. */
  cpu: Engine;
  /** What runs; may be `cpu` itself. */
  chosen: Engine;
  /** A sentence without full stop. */
  reason: string;
}

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

/** Crops a second on TIMED_BATCH crops: the median of the runs that fit into TIMING_MS, at most 30, at least one. */
async function time(engine: Engine, crops: Uint8Array): Promise<number> {
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

/**
 * A first, cheap timing: crops a second one by one. The first run compiles what a GPU runs and is not counted.
 * A provider that is this much slower than another with its TIMED_BATCH (software Vulkan: hundreds of times)
 * need not hold up the start any longer.
 */
async function timeOne(engine: Engine, crops: Uint8Array): Promise<number> {
  await engine.classify(crops, 1);
  const start = performance.now();
  await engine.classify(crops, 1);
  return 1000 / (performance.now() - start);
}
/** A batch of TIMED_BATCH is at best this many times as fast a crop as one by one: beyond any GPU's gain. */
const BATCH_GAIN = 2 * TIMED_BATCH;

/** @throws Error when the engine's answers are not CPU's, to AGREEMENT */
async function checkAgreement(engine: Engine, cpu: Engine, crops: Uint8Array): Promise<void> {
  const apart = difference(await cpu.classify(crops, TIMED_BATCH), await engine.classify(crops, TIMED_BATCH));
  if (apart > AGREEMENT) throw new Error(`its answers differ from cpu's by ${apart.toPrecision(2)}`);
}

/** Opens a provider and hands it to `use`; closes it again when that throws. */
async function withEngine<T>(
  model: LoadedModel,
  provider: Provider,
  parts: ChoiceParts,
  use: (engine: Engine) => Promise<T>,
): Promise<T> {
  const engine = await Engine.open(model, provider, parts.openSession);
  try {
    return await use(engine);
  } catch (error) {
    // What failed may fail again when it is freed; the first failure is the one to tell.
    await engine.close().catch(() => undefined);
    throw error;
  }
}

/** Times every candidate on the model and takes the fastest. Never fails once CPU is open. */
export async function chooseFastest(model: LoadedModel, cpu: Engine, parts: ChoiceParts): Promise<Choice> {
  const crops = selfTestCrops(model.card.input.size);
  await cpu.classify(crops, TIMED_BATCH);
  let best = { engine: cpu, rate: await time(cpu, crops) };
  const rates = [`cpu ${Math.round(best.rate)}`];
  const refused: string[] = [];
  const deadline = performance.now() + ALL_MS;
  for (const provider of parts.candidates().filter((name) => name !== 'cpu')) {
    if (performance.now() > deadline) {
      refused.push(`${provider} was not tried for lack of time`);
      continue;
    }
    try {
      const timed = await withEngine(model, provider, parts, async (engine) => {
        const single = await timeOne(engine, crops);
        if (single * BATCH_GAIN < best.rate) return { engine, rate: single };
        await checkAgreement(engine, cpu, crops);
        return { engine, rate: await time(engine, crops) };
      });
      rates.push(`${provider} ${Math.round(timed.rate)}`);
      const [faster, slower] = timed.rate > best.rate ? [timed, best] : [best, timed];
      best = faster;
      if (slower.engine !== cpu) await slower.engine.close();
    } catch (error) {
      refused.push(`${provider} does not run here: ${reasonOf(error)}`);
    }
  }
  const first =
    rates.length > 1
      ? `fastest of ${rates.join(', ')} crops/s`
      : `the only one that runs here, ${rates[0]} crops/s`;
  return { cpu, chosen: best.engine, reason: [first, ...refused].join('; ') };
}

/**
 * Opens the provider that was asked for.
 * @throws Error in one sentence when it cannot be used here
 */
export async function chooseNamed(
  model: LoadedModel,
  cpu: Engine,
  name: Provider,
  parts: ChoiceParts,
): Promise<Choice> {
  const reason = 'as asked for';
  if (name === 'cpu') return { cpu, chosen: cpu, reason };
  try {
    if (!parts.candidates().includes(name)) throw new Error('it is not on this machine');
    const chosen = await withEngine(model, name, parts, async (engine) => {
      await checkAgreement(engine, cpu, selfTestCrops(model.card.input.size));
      return engine;
    });
    return { cpu, chosen, reason };
  } catch (error) {
    throw new Error(
      `the provider ${name} cannot be used here: ${reasonOf(error)}. ` +
        `It needs ${PROVIDER_TABLE[name].needs}; auto and cpu always work`,
      { cause: error },
    );
  }
}
