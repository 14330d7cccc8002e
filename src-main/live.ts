/**
 * The model that judges the live picture: tried before it is let in, swapped between two batches, and replaced by the
 * one before when it fails as it runs. What the registry says and what runs here stay the same, whichever process
 * changes it.
 */
import type { Frame, Measurements, Probabilities, ProviderChoice } from './api';
import { SHIPPED, type Registry } from './store/registry';
import type { Classifier } from './watch/classifier';
import type { ProviderMemory } from './watch/open';
import type { Student } from './watch/student';
import { openTried } from './watch/tried';

export interface LiveModelParts {
  registry: Registry;
  /** Students that ship beside the model of the registry that does. */
  others?: readonly string[];
  /** A file that judges whatever the registry says, or null. */
  pinned: string | null;
  provider: ProviderChoice;
  memory?: ProviderMemory;
  /** Another provider or student, or (true) another model of the registry, judges now. */
  onChange: (isOtherModel: boolean) => void;
  /** Sentences for people. */
  onNotice: (message: string) => void;
}

/** A model that runs. `id` is null for a pinned file. */
interface Running {
  id: string | null;
  student: Student;
}

/** Milliseconds between two looks at what other processes promoted. */
const LOOK_EVERY = 2000;

/** What a model of the registry, or (null) the pinned file, stands for, opened and tried. */
function openFor(id: string | null, parts: LiveModelParts, provider: ProviderChoice): Promise<Student> {
  const { registry, pinned, others = [], memory, onChange, onNotice } = parts;
  const model = id === null ? pinned! : registry.path(id);
  return openTried([model, ...(id === SHIPPED ? others : [])], provider, {
    ...(memory && { memory }),
    onChange: (reason) => {
      onNotice(reason);
      onChange(false);
    },
    onFault: (error) => {
      onNotice(error.message);
    },
  });
}

export class LiveModel {
  #running: Running;
  #provider: ProviderChoice;
  /** Side of the crops that the model before took: frames of its size may be under way. */
  #sizeBefore: number | null = null;
  /** Swaps, one after the other. */
  #work: Promise<unknown> = Promise.resolve();
  readonly #timer: NodeJS.Timeout;
  #closed = false;

  private constructor(
    private readonly parts: LiveModelParts,
    running: Running,
  ) {
    this.#running = running;
    this.#provider = parts.provider;
    this.#timer = setInterval(() => {
      void this.#enqueue(() => this.#follow()).catch(() => undefined);
    }, LOOK_EVERY).unref();
  }

  /** @throws Error in a sentence when not even the model that ships can be opened, or not on the provider asked for */
  static async open(parts: LiveModelParts): Promise<LiveModel> {
    const { registry, pinned, provider } = parts;
    if (pinned !== null)
      return new LiveModel(parts, { id: null, student: await openFor(null, parts, provider) });
    const current = await registry.current();
    const before = await registry.before();
    const faults: [id: string, fault: string][] = [];
    for (const id of new Set([current, ...(before === null ? [] : [before]), SHIPPED])) {
      let live: LiveModel;
      try {
        live = new LiveModel(parts, { id, student: await openFor(id, parts, provider) });
      } catch (error) {
        faults.push([id, (error as Error).message]);
        continue;
      }
      for (const [failed, fault] of faults) await live.#rolledBack(failed, id, fault);
      return live;
    }
    throw new Error(faults.at(-1)![1]);
  }

  /** What runs now, for whoever classifies; a call that it fails is answered by what takes its place. */
  get classifier(): Pick<Classifier, 'card' | 'provider' | 'why' | 'classify'> {
    const { card, provider, why } = this.#running.student.classifier;
    return { card, provider, why, classify: (crops, n) => this.#classify(crops, n) };
  }

  /** Whether a frame was cut for the model, or the student, before. */
  isOfBefore(frame: Pick<Frame, 'faces' | 'crops'>): boolean {
    const [n, before] = [frame.faces.length, this.#sizeBefore];
    const isOther = before !== null && before !== this.classifier.card.input.size;
    if (isOther && n > 0 && frame.crops.length === n * before ** 2 * 3) return true;
    return this.#running.student.isOfBefore(frame);
  }

  /** See `Student`. */
  look(milliseconds: number): void {
    this.#running.student.look(milliseconds);
  }
  measured(measurements: Measurements): number | null {
    return this.#running.student.measured(measurements);
  }
  stepDown(share: number): Promise<string | null> {
    return this.#enqueue(() => this.#running.student.stepDown(share));
  }

  /**
   * Makes a model of the registry the one that judges.
   * @throws Error in a sentence when it may not, or fails its self-test; then nothing has changed
   */
  promote(id: string): Promise<void> {
    return this.#enqueue(async () => {
      this.#checkFree();
      const { entry } = await this.parts.registry.detail(id);
      if (entry.refused !== null) throw new Error(`${id} may not be promoted: ${entry.refused}`);
      if (id !== this.#running.id) await this.#swap(id, () => this.parts.registry.setCurrent(id));
    });
  }

  /** @throws Error when there is none before, or it fails its self-test */
  rollBack(): Promise<void> {
    return this.#enqueue(async () => {
      this.#checkFree();
      const { registry } = this.parts;
      const before = await registry.before();
      if (before === null) throw new Error('there is no model before this one to roll back to');
      await this.#swap(before, () => registry.rolledBack(before));
    });
  }

  /** Opens the same model on another provider. @throws Error when that cannot be; then nothing has changed */
  setProvider(provider: ProviderChoice): Promise<void> {
    return this.#enqueue(async () => {
      await this.#running.student.change({ provider });
      this.#provider = provider;
      this.parts.onChange(false);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#work;
    await this.#running.student.close();
  }

  async #classify(crops: Uint8Array, n: number): Promise<Probabilities[]> {
    const running = this.#running;
    const { classifier } = running.student;
    const { size } = classifier.card.input;
    try {
      return await classifier.classify(crops, n);
    } catch (error) {
      if (this.#closed || running.id === null || running.id === SHIPPED) throw error;
      await this.#enqueue(() => this.#giveUp(running, error as Error));
      const now = this.#running.student.classifier;
      if (now.card.input.size !== size) throw error; // The page cuts the next crops for it.
      return now.classify(crops, n);
    }
  }

  /** The model failed as it ran: the one before takes over, or at last the one that ships. */
  async #giveUp({ id: failed }: Running, error: Error): Promise<void> {
    if (failed === null || failed !== this.#running.id) return;
    const before = await this.parts.registry.before();
    for (const id of new Set([before ?? SHIPPED, SHIPPED])) {
      try {
        await this.#swap(id, () => this.#rolledBack(failed, id, error.message));
        return;
      } catch {
        // The next one is tried.
      }
    }
    throw error;
  }

  async #rolledBack(failed: string, to: string, fault: string): Promise<void> {
    const { registry, onNotice } = this.parts;
    onNotice(`the model ${failed} failed (${fault}): ${to} judges again`);
    // What cannot be written down holds for now all the same.
    await registry.noteFault(failed, fault).catch(() => undefined);
    await registry.rolledBack(to).catch(() => undefined);
  }

  /** Another process may have promoted a model. */
  async #follow(): Promise<void> {
    const { id } = this.#running;
    if (this.#closed || id === null) return;
    const current = await this.parts.registry.current();
    if (current === id) return;
    try {
      await this.#swap(current, () => Promise.resolve());
    } catch (error) {
      await this.#rolledBack(current, id, (error as Error).message);
    }
  }

  /** Opens and tries a model, lets it in between two batches, and keeps it if `keep` succeeds. */
  async #swap(id: string, keep: () => Promise<void>): Promise<void> {
    const student = await openFor(id, this.parts, this.#provider);
    const before = this.#running;
    this.#running = { id, student };
    try {
      await keep();
    } catch (error) {
      this.#running = before;
      await student.close();
      throw error;
    }
    this.#sizeBefore = before.student.classifier.card.input.size;
    this.parts.onChange(id !== before.id);
    // Its calls under way are answered first; what failed may fail again when it is freed.
    before.student.close().catch(() => undefined);
  }

  #checkFree(): void {
    if (this.parts.pinned !== null)
      throw new Error(`maskwatch was started with --model ${this.parts.pinned}: that judges until it ends`);
  }

  #enqueue<T>(task: () => Promise<T>): Promise<T> {
    const run = this.#work.then(task);
    this.#work = run.catch(() => undefined);
    return run;
  }
}
