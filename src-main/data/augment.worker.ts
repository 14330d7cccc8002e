/**
 * A loader's worker thread: takes batches, decodes and augments their pictures, gives them back. What travels is
 * described here; loader.ts is the other end.
 */
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import sharp from 'sharp';
import { seeded } from '../random';
import { type Normalisation, ViewMaker } from './augment';
import type { Augmentation } from './augmentation';
import { decode, type Picture } from './decode';
import type { Shown } from './folders';

export interface WorkerSettings {
  size: number;
  normalisation: Normalisation;
  augmentation: Augmentation;
  seed: number;
  /** See decode(). */
  longest: number;
}

/** One picture of a batch: decoded already, or a file. */
export interface Job {
  file: string;
  label: Shown['label'];
  picture: Picture | null;
}

export interface BatchRequest {
  id: number;
  jobs: Job[];
  /** Number of the epoch, or null for plain views. */
  epoch: number | null;
  /** Place of the first picture in its epoch. */
  first: number;
  /** Send decoded pictures back, to be kept. */
  keep: boolean;
  /** For N×3×S×S float32 numbers; travels to and fro. */
  images: ArrayBuffer;
}

export interface BatchReply {
  id: number;
  images: ArrayBuffer;
  /** Pictures decoded here, in memory that threads share. */
  decoded: { file: string; picture: Picture }[];
  /** Milliseconds this thread took. */
  busy: number;
  /** What went wrong, or null. */
  error: string | null;
}

function shared(picture: Picture): Picture {
  const data = new Uint8Array(new SharedArrayBuffer(picture.data.length));
  data.set(picture.data);
  return { width: picture.width, height: picture.height, data };
}

/** Pictures decoded ahead of the one being augmented. */
const AHEAD = 2;

async function make(request: BatchRequest, settings: WorkerSettings, maker: ViewMaker): Promise<BatchReply> {
  const start = performance.now();
  const { id, jobs, epoch, first, keep, images } = request;
  const length = 3 * settings.size * settings.size;
  const decoded: BatchReply['decoded'] = [];
  const pending: Promise<Picture>[] = [];
  const ask = (i: number) => {
    const job = jobs[i];
    if (job === undefined) return;
    const picture = job.picture === null ? decode(job.file, settings.longest) : Promise.resolve(job.picture);
    picture.catch(() => undefined); // It is waited for below, maybe after others.
    pending.push(picture);
  };
  let error: string | null = null;
  for (let i = 0; i < AHEAD; i++) ask(i);
  try {
    for (const [i, job] of jobs.entries()) {
      ask(i + AHEAD);
      const picture = await pending[i]!;
      if (job.picture === null && keep) decoded.push({ file: job.file, picture: shared(picture) });
      const label = job.label === -1 ? null : job.label;
      const pixels =
        epoch === null
          ? maker.plain(picture)
          : maker.augmented(picture, settings.augmentation, seeded(settings.seed, epoch, first + i), label);
      maker.normalise(pixels, new Float32Array(images, 4 * i * length, length));
    }
  } catch (reason) {
    error = (reason as Error).message;
  }
  return { id, images, decoded, busy: performance.now() - start, error };
}

const port = parentPort;
if (port !== null) {
  const settings = workerData as WorkerSettings;
  // One thread each: the loader decides how many work at once.
  sharp.concurrency(1);
  sharp.cache(false);
  const maker = new ViewMaker(settings.size, settings.normalisation);
  // One batch after another: two at once would share the maker's memory.
  let last: Promise<void> = Promise.resolve();
  port.on('message', (request: BatchRequest) => {
    last = last.then(async () => {
      const reply = await make(request, settings, maker);
      port.postMessage(reply, [reply.images]);
    });
  });
}
