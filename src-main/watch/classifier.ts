/**
 * The live classifier: crops in, probabilities out, on the provider that was asked for or is fastest here. It
 * outlives its provider: one that fails while running is replaced by CPU within the same call.
 */
import { readFile } from 'node:fs/promises';
import type { Probabilities, Provider, ProviderChoice, Status } from '../api';
import { readCard, type ModelCard } from '../nets/card';
import { chooseFastest, chooseNamed, realParts, type Choice, type ChoiceParts } from './choice';
import { Engine, type LoadedModel } from './engine';
import { reasonOf } from './providers';

export interface Classifier {
  readonly card: ModelCard;
  readonly provider: Status['provider'];
  /**
   * @param crops n×S×S×3 bytes, RGB, S = card.input.size; not to be changed before the answer is there
   * @param n how many crops; 0 gives []
   * @returns n probabilities, in the crops' order. Calls are answered one after another.
   * @throws Error when there are fewer bytes than n crops have, when it is closed, or when even CPU fails
   */
  classify(crops: Uint8Array, n: number): Promise<Probabilities[]>;
  /** Waits for the calls under way and frees the sessions. */
  close(): Promise<void>;
}

export interface ClassifierOptions {
  /** Path of the .onnx file; its card lies beside it. */
  model: string;
  provider: ProviderChoice;
  /** Told in a sentence when a provider failed while running and CPU took over. */
  onFallback?: (reason: string, failed: Provider) => void;
  /** Threads on CPU; without it as many as leave room for the detector (LIVE_THREADS). */
  threads?: number;
  /** Where providers and sessions come from; only tests give others. */
  parts?: ChoiceParts;
}

/** @throws Error naming the file when the model or its card cannot be read */
async function loadModel(path: string): Promise<LoadedModel> {
  const card = await readCard(path);
  try {
    return { path, bytes: await readFile(path), card };
  } catch (error) {
    throw new Error(`cannot read the model ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** A model opened on CPU and on the provider that is to run it. */
async function openModel(options: ClassifierOptions): Promise<Choice> {
  const parts = options.parts ?? realParts(options.threads);
  const model = await loadModel(options.model);
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
  try {
    return options.provider === 'auto'
      ? await chooseFastest(model, cpu, parts)
      : await chooseNamed(model, cpu, options.provider, parts);
  } catch (error) {
    await cpu.close();
    throw error;
  }
}

class LiveClassifier implements Classifier {
  /** The last call's end: calls queue behind it. Never rejects. */
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;
  #active: Engine;
  #provider: Status['provider'];

  // A swap to another model replaces #cpu, #active and #provider between two calls of the queue.
  constructor(
    private readonly choice: Choice,
    private readonly onFallback: ClassifierOptions['onFallback'],
  ) {
    this.#active = choice.chosen;
    this.#provider = { name: choice.chosen.provider, reason: choice.reason, fellBack: false };
  }

  get card(): ModelCard {
    return this.#active.model.card;
  }

  get provider(): Status['provider'] {
    return this.#provider;
  }

  classify(crops: Uint8Array, n: number): Promise<Probabilities[]> {
    return this.#enqueue(async () => {
      if (this.#closed) throw new Error('the classifier is closed');
      if (n === 0) return [];
      const { size } = this.card.input;
      if (crops.length < n * size * size * 3)
        throw new Error(
          `${n} crops of ${size}×${size}×3 bytes need ${n * size * size * 3}, not ${crops.length}`,
        );
      try {
        return await this.#active.classify(crops, n);
      } catch (error) {
        if (this.#active === this.choice.cpu) throw error;
        await this.#fallBack(error);
        return this.#active.classify(crops, n);
      }
    });
  }

  async close(): Promise<void> {
    await this.#enqueue(async () => {
      if (this.#closed) return;
      this.#closed = true;
      if (this.#active !== this.choice.cpu) await this.#active.close();
      await this.choice.cpu.close();
    });
  }

  async #fallBack(error: unknown): Promise<void> {
    const failed = this.#active;
    this.#active = this.choice.cpu;
    const reason = `${failed.provider} failed while running (${reasonOf(error)}); cpu took over`;
    this.#provider = { name: 'cpu', reason, fellBack: true };
    // What failed may fail again when it is freed; it is gone either way.
    await failed.close().catch(() => undefined);
    this.onFallback?.(reason, failed.provider);
  }

  #enqueue<T>(task: () => Promise<T>): Promise<T> {
    const run = this.#queue.then(task);
    this.#queue = run.catch(() => undefined);
    return run;
  }
}

/**
 * Opens a model for watching.
 * @throws Error in one sentence naming the file (model or card missing, damaged or not fitting each other) or
 *   the provider (named, and not to be used here)
 */
export async function openClassifier(options: ClassifierOptions): Promise<Classifier> {
  return new LiveClassifier(await openModel(options), options.onFallback);
}
