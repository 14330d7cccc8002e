/**
 * The live classifier: crops in, probabilities out, on the provider that was asked for or is fastest here. It
 * outlives its provider: one that fails while running is replaced by CPU within the same call.
 */
import type { Probabilities, Provider, Status } from '../api';
import type { ModelCard } from '../nets/card';
import { chooseNamed, realParts } from './choice';
import type { Engine } from './engine';
import { openModel, type OpenOptions } from './open';
import { reasonOf } from './providers';
import { chooseStudent, closeChoice, type StudentChoice } from './students';

export interface Classifier {
  readonly card: ModelCard;
  readonly provider: Status['provider'];
  /** Why this student, in a sentence; null where there was none to choose from. */
  readonly why: string | null;
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

export interface ClassifierOptions extends OpenOptions {
  /** Path of the .onnx file; its card lies beside it. */
  model: string;
  /** Students that may run in its place: the most accurate that keeps up does (students.ts). */
  others?: readonly string[];
  /** Told in a sentence when a provider failed while running and CPU took over. */
  onFallback?: (reason: string, failed: Provider) => void;
  /** Told in a sentence when a provider that had failed is used again. */
  onRecovery?: (reason: string) => void;
}

class LiveClassifier implements Classifier {
  /** The last call's end: calls queue behind it. Never rejects. */
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;
  #active: Engine;
  #provider: Status['provider'];
  /** Until a provider that failed is tried again. */
  #retry: NodeJS.Timeout | undefined;

  // A swap to another model replaces #cpu, #active and #provider between two calls of the queue.
  constructor(
    private readonly choice: StudentChoice,
    private readonly options: ClassifierOptions,
  ) {
    this.#active = choice.chosen;
    const { provider, parts, memory } = options;
    const wanted = provider === 'auto' ? (parts ?? realParts()).candidates() : [provider];
    const resting = wanted.find((name) => (memory?.restOf(name) ?? 0) > 0);
    if (resting !== undefined) this.#retryIn(memory?.restOf(resting) ?? 0, resting);
    this.#provider = { name: choice.chosen.provider, reason: choice.reason, fellBack: false };
  }

  get card(): ModelCard {
    return this.#active.model.card;
  }

  get provider(): Status['provider'] {
    return this.#provider;
  }

  get why(): string | null {
    return this.choice.why;
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
    clearTimeout(this.#retry);
    await this.#enqueue(async () => {
      if (this.#closed) return;
      this.#closed = true;
      await closeChoice({ ...this.choice, chosen: this.#active });
    });
  }

  async #fallBack(error: unknown): Promise<void> {
    const failed = this.#active;
    this.#active = this.choice.cpu;
    const reason = `${failed.name} failed while running (${reasonOf(error)}); cpu took over`;
    this.#provider = { name: 'cpu', reason, fellBack: true };
    // What failed may fail again when it is freed; it is gone either way.
    await failed.close().catch(() => undefined);
    const { memory, onFallback } = this.options;
    // CPU itself never rests: what failed there was the eight-bit form.
    if (memory !== undefined && failed.provider !== 'cpu')
      this.#retryIn(memory.failed(failed.provider), failed.provider);
    onFallback?.(reason, failed.provider);
  }

  #retryIn(ms: number, provider: Provider): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => {
      void this.#enqueue(() => this.#recover(provider));
    }, ms).unref();
  }

  /** Tries a provider that failed; one that fails still waits anew. */
  async #recover(provider: Provider): Promise<void> {
    const { cpu } = this.choice;
    if (this.#closed || this.#active !== cpu) return;
    const { parts, threads, memory, onRecovery } = this.options;
    try {
      const { chosen } = await chooseNamed(cpu.model, cpu, provider, parts ?? realParts(threads));
      this.#active = chosen;
      this.#provider = { name: provider, reason: `${provider} works again`, fellBack: false };
      onRecovery?.(this.#provider.reason);
    } catch {
      if (memory !== undefined) this.#retryIn(memory.failed(provider), provider);
    }
  }

  #enqueue<T>(task: () => Promise<T>): Promise<T> {
    const run = this.#queue.then(task);
    this.#queue = run.catch(() => undefined);
    return run;
  }
}

/**
 * Opens a model for watching, or another student in its place where `others` are given.
 * @throws Error in one sentence naming the file (model or card missing, damaged or not fitting each other) or
 *   the provider (named, and not to be used here)
 */
export async function openClassifier(options: ClassifierOptions): Promise<Classifier> {
  const students = [options.model, ...(options.others ?? [])];
  const choice = await chooseStudent(students, (path) => openModel(path, options));
  return new LiveClassifier(choice, options);
}
