/**
 * Which provider a model runs on, and whether in eight bits: each candidate is opened, must answer as CPU and float do,
 * and is timed on the real model; the fastest is taken. Everything is measured, nothing assumed: a GPU that is slower
 * than the CPU for a few small crops (or a software Vulkan device) loses by itself.
 */
import type { Provider } from '../api';
import { Engine, type LoadedModel, type Session } from './engine';
import { candidateProviders, openSession, PROVIDER_TABLE, reasonOf } from './providers';
import { BATCH_GAIN, checkAgreement, selfTestCrops, time, timeOne, TIMED_BATCH } from './self-test';

/** Milliseconds for all providers but CPU: once they are over, no further one is tried. */
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

/** What could run instead of the model on CPU: its eight-bit form there, and the model itself on other providers. */
function contenders(model: LoadedModel, eightBit: LoadedModel | null, parts: ChoiceParts) {
  const others = parts.candidates().filter((name) => name !== 'cpu');
  return [
    ...(eightBit ? [{ name: 'cpu in eight bits', model: eightBit, provider: 'cpu' as const }] : []),
    ...others.map((provider) => ({ name: provider, model, provider })),
  ];
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

/**
 * Times the model on every candidate, and its eight-bit form on CPU, and takes the fastest. Never fails once CPU is open.
 * @param eightBit null where there is none
 */
export async function chooseFastest(
  model: LoadedModel,
  cpu: Engine,
  parts: ChoiceParts,
  eightBit: LoadedModel | null = null,
): Promise<Choice> {
  const crops = selfTestCrops(model.card.input.size);
  await cpu.classify(crops, TIMED_BATCH);
  let best = { engine: cpu, rate: await time(cpu, crops) };
  const rates = [`cpu ${Math.round(best.rate)}`];
  const refused: string[] = [];
  const deadline = performance.now() + ALL_MS;
  for (const { name, model: form, provider } of contenders(model, eightBit, parts)) {
    if (performance.now() > deadline) {
      refused.push(`${name} was not tried for lack of time`);
      continue;
    }
    try {
      const timed = await withEngine(form, provider, parts, async (engine) => {
        const single = await timeOne(engine, crops);
        if (single * BATCH_GAIN < best.rate) return { engine, rate: single };
        await checkAgreement(engine, cpu, crops);
        return { engine, rate: await time(engine, crops) };
      });
      rates.push(`${name} ${Math.round(timed.rate)}`);
      const [faster, slower] = timed.rate > best.rate ? [timed, best] : [best, timed];
      best = faster;
      if (slower.engine !== cpu) await slower.engine.close();
    } catch (error) {
      refused.push(`${name} does not run here: ${reasonOf(error)}`);
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
  eightBit: LoadedModel | null = null,
): Promise<Choice> {
  const reason = 'as asked for';
  if (name === 'cpu') {
    if (!eightBit) return { cpu, chosen: cpu, reason };
    const choice = await chooseFastest(model, cpu, { ...parts, candidates: () => ['cpu'] }, eightBit);
    return { ...choice, reason: `${reason}, ${choice.reason}` };
  }
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
