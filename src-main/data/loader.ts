/**
 * Feeds training and evaluation: worker threads decode and augment batches ahead of their consumer. What a batch
 * holds depends on the samples, the seed and the epoch alone, not on how many workers there are or which is fast.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { projectRoot } from '../pages';
import type { Normalisation } from './augment';
import { type Augmentation, DEFAULT_AUGMENTATION } from './augmentation';
import type { BatchReply, BatchRequest, WorkerSettings } from './augment.worker';
import type { Picture } from './decode';
import type { Sample, Shown } from './folders';

export interface LoaderOptions {
  /** Side of the network's input in pixels. */
  size: number;
  /** Pictures in a batch; the last of an epoch may have fewer. */
  batch: number;
  normalisation: Normalisation;
  seed: number;
  /** Worker threads, 1 where none is given. */
  workers?: number;
  augmentation?: Augmentation;
  /** Megabytes of decoded pictures to keep in memory, 600 where none is given; 0 decodes every time. */
  cache?: number;
}

/** Its memory is the consumer's until the next batch is asked for; then the arrays are emptied (detached). */
export interface LoadedBatch<S extends Shown = Sample> {
  /** N×3×size×size, normalised. */
  images: Float32Array;
  /** N class indices; −1 where there is no label. */
  labels: Int32Array;
  samples: S[];
}

/** A batch under way. */
interface Ticket {
  worker: number;
  pictures: number;
  resolve: (reply: BatchReply) => void;
  reject: (error: Error) => void;
}

/** Batches a worker is given at once, so that it never waits for a consumer that is busy with a step. */
const AHEAD = 2;

function workerPath(): string {
  const beside = fileURLToPath(new URL('./augment.worker.js', import.meta.url));
  return existsSync(beside) ? beside : join(projectRoot(), 'out', 'main', 'augment.worker.js');
}

export class Loader {
  readonly #options: LoaderOptions;
  readonly #workers: Worker[];
  readonly #tickets = new Map<number, Ticket>();
  readonly #pictures = new Map<string, Picture>();
  readonly #spare: ArrayBuffer[] = [];
  #room: number;
  #lastId = 0;
  #ended: Error | null = null;
  #made = 0;
  #busy = 0;

  constructor(options: LoaderOptions) {
    this.#options = options;
    this.#room = (options.cache ?? 600) * 1e6;
    const settings: WorkerSettings = {
      size: options.size,
      normalisation: options.normalisation,
      augmentation: options.augmentation ?? DEFAULT_AUGMENTATION,
      seed: options.seed,
      // Twice the input is as much as zooming in can show.
      longest: 2 * options.size,
    };
    this.#workers = Array.from({ length: Math.max(1, options.workers ?? 1) }, () => {
      const worker = new Worker(workerPath(), { workerData: settings });
      worker.on('message', (reply: BatchReply) => {
        this.#receive(reply);
      });
      worker.on('error', (error) => {
        this.#end(new Error(`a worker that augments images failed: ${error.message}`, { cause: error }));
      });
      worker.on('exit', (code) => {
        this.#end(new Error(`a worker that augments images ended by itself (exit code ${String(code)})`));
      });
      worker.unref();
      return worker;
    });
  }

  /** Pictures a second that the workers can make, all together: measured over their busy time. 0 at first. */
  get rate(): number {
    return this.#busy === 0 ? 0 : (this.#made / this.#busy) * 1000 * this.#workers.length;
  }

  /**
   * The batches of an epoch, augmented.
   * @param order see BalancedEpochs
   * @param epoch its number: other numbers augment otherwise
   * @throws Error naming the file that cannot be read; Error when a worker dies or the loader is closed
   */
  epoch<S extends Shown>(
    order: readonly S[],
    epoch: number,
  ): AsyncGenerator<LoadedBatch<S>, void, undefined> {
    return this.#batches(order, epoch);
  }

  /** The batches of a set as it is, in order: for validation. Throws as `epoch` does. */
  plain<S extends Shown>(samples: readonly S[]): AsyncGenerator<LoadedBatch<S>, void, undefined> {
    return this.#batches(samples, null);
  }

  async *#batches<S extends Shown>(
    order: readonly S[],
    epoch: number | null,
  ): AsyncGenerator<LoadedBatch<S>, void, undefined> {
    const { batch, size } = this.#options;
    const under: { samples: S[]; reply: Promise<BatchReply> }[] = [];
    let next = 0;
    const ask = () => {
      while (next < order.length && under.length < AHEAD * this.#workers.length) {
        const samples = order.slice(next, next + batch);
        const reply = this.#ask(samples, epoch, next);
        reply.catch(() => undefined); // It is waited for below, maybe after others.
        under.push({ samples, reply });
        next += samples.length;
      }
    };
    try {
      for (ask(); under.length > 0; ask()) {
        const { samples, reply } = under[0]!;
        const { images, error } = await reply;
        under.shift();
        if (error !== null) {
          this.#spare.push(images);
          throw new Error(error);
        }
        ask();
        const length = samples.length * 3 * size * size;
        yield {
          images: new Float32Array(images, 0, length),
          labels: Int32Array.from(samples, (sample) => sample.label),
          samples,
        };
        this.#spare.push(images);
      }
    } finally {
      // A consumer that stops early leaves batches under way; their memory is for the next epoch.
      for (const { reply } of under)
        reply.then(
          ({ images }) => this.#spare.push(images),
          () => undefined,
        );
    }
  }

  #ask(samples: readonly Shown[], epoch: number | null, first: number): Promise<BatchReply> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const { batch, size } = this.#options;
    const id = ++this.#lastId;
    const worker = this.#leastBusy();
    const images = this.#spare.pop() ?? new ArrayBuffer(4 * batch * 3 * size * size);
    const jobs = samples.map(({ file, label }) => ({
      file,
      label,
      picture: this.#pictures.get(file) ?? null,
    }));
    // Once there is no room, what is not kept would be copied all the same, and be in memory until it is collected.
    const request: BatchRequest = { id, jobs, epoch, first, keep: this.#room > 0, images };
    return new Promise((resolve, reject) => {
      this.#tickets.set(id, { worker, pictures: samples.length, resolve, reject });
      // A loader keeps the process alive only while somebody waits for a batch.
      this.#workers[worker]!.ref();
      this.#workers[worker]!.postMessage(request, [images]);
    });
  }

  #leastBusy(): number {
    const load = this.#workers.map(() => 0);
    for (const { worker } of this.#tickets.values()) load[worker] = load[worker]! + 1;
    return load.indexOf(Math.min(...load));
  }

  #receive(reply: BatchReply): void {
    const ticket = this.#tickets.get(reply.id);
    if (ticket === undefined) return;
    this.#tickets.delete(reply.id);
    if (![...this.#tickets.values()].some(({ worker }) => worker === ticket.worker))
      this.#workers[ticket.worker]!.unref();
    this.#made += ticket.pictures;
    this.#busy += reply.busy;
    for (const { file, picture } of reply.decoded) {
      if (this.#room <= 0 || this.#pictures.has(file)) continue;
      this.#room -= picture.data.length;
      this.#pictures.set(file, picture);
    }
    ticket.resolve(reply);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const ticket of this.#tickets.values()) ticket.reject(this.#ended);
    this.#tickets.clear();
  }

  /** Stops the workers. Whoever waits for a batch gets an Error. */
  async close(): Promise<void> {
    this.#end(new Error('the loader of images was closed'));
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
    this.#pictures.clear();
  }
}
