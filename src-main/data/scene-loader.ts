/**
 * Feeds a detector's training: worker threads compose batches of scenes ahead of their consumer. What a batch holds
 * depends on the scenes, the seed and the epoch alone.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { projectRoot } from '../pages';
import { seeded } from '../random';
import { shuffle } from './sampler';
import type { SceneBatchReply, SceneBatchRequest, SceneWorkerSettings } from './scene.worker';
import type { Scene } from './scenes';

export interface SceneBatch {
  /** N×3×size×size, normalised. */
  images: Float32Array;
  /** Faces of each picture, in its pixels. */
  faces: SceneBatchReply['faces'];
}

export interface SceneLoaderOptions extends Omit<SceneWorkerSettings, 'donors' | 'room'> {
  batch: number;
  workers: number;
  /** How often a scene leads a picture, against the others; 1 for all where it is not given. */
  weightOf?: (scene: Scene) => number;
  /** Megabytes of decoded pictures to keep, all workers together. Default 2000. */
  cache?: number;
}

/** Batches a worker is given at once. */
const AHEAD = 2;
/** Shorter side in scene pixels from which a face may be pasted elsewhere. */
const DONOR_PIXELS = 24;

function workerPath(): string {
  const beside = fileURLToPath(new URL('./scene.worker.js', import.meta.url));
  return existsSync(beside) ? beside : join(projectRoot(), 'out', 'main', 'scene.worker.js');
}

/** Faces that may be pasted, each class as often as the others. */
function donorsOf(scenes: readonly Scene[]): SceneWorkerSettings['donors'] {
  const byClass = new Map<string, SceneWorkerSettings['donors']>();
  for (const [scene, { faces }] of scenes.entries())
    for (const [face, { box, label }] of faces.entries()) {
      if (label === 'ignore' || label === 'face' || Math.min(box[2], box[3]) < DONOR_PIXELS) continue;
      byClass.set(label, [...(byClass.get(label) ?? []), { scene, face }]);
    }
  const most = Math.max(0, ...[...byClass.values()].map(({ length }) => length));
  return [...byClass.values()].flatMap((all) => Array.from({ length: most }, (_, i) => all[i % all.length]!));
}

export class SceneLoader {
  readonly #options: SceneLoaderOptions;
  readonly #workers: Worker[];
  readonly #waiting = new Map<
    number,
    { resolve: (batch: SceneBatch) => void; reject: (error: Error) => void }
  >();
  #lastId = 0;
  #ended: Error | null = null;

  constructor(options: SceneLoaderOptions) {
    this.#options = options;
    const { size, normalisation, seed, scenes, workers, cache = 2000 } = options;
    const room = (cache * 1e6) / workers;
    const workerData: SceneWorkerSettings = {
      size,
      normalisation,
      seed,
      scenes,
      donors: donorsOf(scenes),
      room,
    };
    this.#workers = Array.from({ length: workers }, () => {
      const worker = new Worker(workerPath(), { workerData });
      worker.on('message', ({ id, images, faces, error }: SceneBatchReply) => {
        const waiting = this.#waiting.get(id);
        this.#waiting.delete(id);
        if (error === null) waiting?.resolve({ images, faces });
        else waiting?.reject(new Error(error));
      });
      worker.on('error', (error) => {
        this.#end(new Error(`a worker that composes scenes failed: ${error.message}`, { cause: error }));
      });
      worker.on('exit', (code) => {
        this.#end(new Error(`a worker that composes scenes ended by itself (exit code ${String(code)})`));
      });
      return worker;
    });
  }

  /** Indices of the scenes that lead an epoch's pictures: all of them, again and again, in an order of its own. */
  #order(length: number, epoch: number): number[] {
    const { scenes, weightOf = () => 1, seed } = this.#options;
    const all = scenes.flatMap((scene, i) => new Array<number>(weightOf(scene)).fill(i));
    // Epochs go on where the one before stopped, so that short ones too show every scene in turn.
    const places = Array.from({ length }, (_, i) => epoch * length + i);
    const rounds = new Map<number, number[]>();
    return places.map((place) => {
      const round = Math.floor(place / all.length);
      const order = rounds.get(round) ?? shuffle([...all], seeded(seed, round, 0x5ce7e));
      rounds.set(round, order);
      return order[place % all.length]!;
    });
  }

  /**
   * The batches of an epoch.
   * @param steps batches in it
   * @throws Error naming the file that cannot be read; Error when a worker dies or the loader is closed
   */
  async *epoch(epoch: number, steps: number): AsyncGenerator<SceneBatch, void, undefined> {
    const { batch } = this.#options;
    const order = this.#order(steps * batch, epoch);
    const under: Promise<SceneBatch>[] = [];
    for (let next = 0; next < steps || under.length > 0;) {
      while (next < steps && under.length < AHEAD * this.#workers.length) {
        const first = next * batch;
        const reply = this.#ask({ order: order.slice(first, first + batch), epoch, first }, next);
        reply.catch(() => undefined); // It is waited for below, maybe after others.
        under.push(reply);
        next += 1;
      }
      yield await under.shift()!;
    }
  }

  #ask(request: Omit<SceneBatchRequest, 'id'>, turn: number): Promise<SceneBatch> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#workers[turn % this.#workers.length]!.postMessage({ id, ...request } satisfies SceneBatchRequest);
    });
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }

  /** Stops the workers. Whoever waits for a batch gets an Error. */
  async close(): Promise<void> {
    this.#end(new Error('the loader of scenes was closed'));
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
