/**
 * Reads and opens a model for watching: the file, its card, the eight-bit form that may lie beside it, and the provider
 * that is to run it.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Provider, ProviderChoice } from '../api';
import { LARGEST, readWhole } from '../files';
import { eightBitPath, readCard } from '../nets/card';
import { chooseFastest, chooseNamed, realParts, type Choice, type ChoiceParts } from './choice';
import { Engine, type LoadedModel } from './engine';
import { reasonOf } from './providers';

/** Remembers which providers failed while running. */
export interface ProviderMemory {
  /** Notes a failure. @returns milliseconds until the provider may be tried again */
  failed(provider: Provider): number;
  /** Milliseconds for which a provider is not to be tried; 0 when it may be. */
  restOf(provider: Provider): number;
}

export interface OpenOptions {
  provider: ProviderChoice;
  /** Whether the eight-bit form beside a model runs in its place where it agrees and is faster. */
  eightBit?: boolean;
  /** Without it a provider that failed while running is not tried again. */
  memory?: ProviderMemory;
  /** Threads on CPU; without it as many as leave room for the detector (LIVE_THREADS). */
  threads?: number;
  /** Where providers and sessions come from; only tests give others. */
  parts?: ChoiceParts;
}

/** @throws Error naming the file when the model or its card cannot be read */
async function loadModel(path: string): Promise<LoadedModel> {
  const card = await readCard(path);
  return { path, bytes: await readWhole(path, LARGEST.model), card };
}

/**
 * The eight-bit form beside a model, or null where there is none.
 * @throws Error in one sentence when it is there but not to be used
 */
async function loadEightBit({ path, bytes }: LoadedModel): Promise<LoadedModel | null> {
  const beside = eightBitPath(path);
  if (!(await stat(beside).catch(() => null))) return null;
  const form = await loadModel(beside);
  if (form.card.eightBit?.fromHash !== createHash('sha256').update(bytes).digest('hex'))
    throw new Error(
      `${beside} was made from another ${basename(path)}; make it anew with maskwatch quantise`,
    );
  return form;
}

/** Those parts whose providers may be tried now. */
function withoutResting(parts: ChoiceParts, memory: ProviderMemory | undefined): ChoiceParts {
  const mayRun = (name: Provider): boolean => name === 'cpu' || (memory?.restOf(name) ?? 0) === 0;
  return { ...parts, candidates: () => parts.candidates().filter(mayRun) };
}

/**
 * A model opened on CPU and on the provider that is to run it.
 * @throws Error in one sentence naming the file, or the provider that was asked for
 */
export async function openModel(path: string, options: OpenOptions): Promise<Choice> {
  const parts = withoutResting(options.parts ?? realParts(options.threads), options.memory);
  const model = await loadModel(path);
  let cpu: Engine;
  try {
    cpu = await Engine.open(model, 'cpu', parts.openSession);
  } catch (error) {
    const reason = reasonOf(error);
    if (reason.startsWith('the model ')) throw error;
    throw new Error(`the model ${model.path} is not an ONNX model that can be run (damaged?): ${reason}`, {
      cause: error,
    });
  }
  const rest = options.provider === 'auto' ? 0 : (options.memory?.restOf(options.provider) ?? 0);
  if (rest > 0) {
    const minutes = String(Math.ceil(rest / 60_000));
    const reason = `${options.provider} failed again and again; it is tried again in ${minutes} min`;
    return { cpu, chosen: cpu, reason };
  }
  try {
    let unusable: string | null = null;
    const form = options.eightBit
      ? await loadEightBit(model).catch((error: unknown) => {
          unusable = (error as Error).message;
          return null;
        })
      : null;
    const choice =
      options.provider === 'auto'
        ? await chooseFastest(model, cpu, parts, form)
        : await chooseNamed(model, cpu, options.provider, parts, form);
    return unusable === null ? choice : { ...choice, reason: `${choice.reason}; ${String(unusable)}` };
  } catch (error) {
    await cpu.close();
    throw error;
  }
}
