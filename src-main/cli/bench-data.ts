/** How fast the pictures of folders are listed, compared, divided and made ready to train on, beside the training itself. */
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { IMAGENET } from '../data/augment';
import { readImageFolders } from '../data/folders';
import { Loader } from '../data/loader';
import { findNearCopies } from '../data/near-copies';
import { BalancedEpochs } from '../data/sampler';
import { splitByPhoto } from '../data/split';
import { DIVISION } from '../learn/sets';
import { trainingSpeed } from './bench-train';

/** One line of `bench --data --json`. */
export interface DataSpeed {
  images: number;
  /** Seconds to list them, to find near copies among them, and to divide them by photo. */
  listSeconds: number;
  compareSeconds: number;
  splitSeconds: number;
  /** Side of the pictures made, in pixels, and threads that make them. */
  size: number;
  workers: number;
  /** Decoded and augmented, an epoch of all, from the first batch on. */
  imagesPerSecond: number;
  /** The student's training steps on as many threads as there are cores, in the same run, and how much faster pictures are. */
  trainingImagesPerSecond: number;
  ratioToTraining: number;
  /** Most memory of the whole process at any time (resident set) before the training, in megabytes. */
  megabytes: number;
}

export interface DataSpeedOptions {
  data: string[];
  size: number;
  batch: number;
  workers: number;
  onProgress: (doing: string, done: number, of: number) => void;
}

/** Seconds since `start`, to a hundredth. */
const since = (start: number): number => Math.round((performance.now() - start) / 10) / 100;

/** @throws Error naming the folder or file that cannot be read */
export async function dataSpeed({
  data,
  size,
  batch,
  workers,
  onProgress,
}: DataSpeedOptions): Promise<DataSpeed> {
  let start = performance.now();
  const samples = await readImageFolders(data, { allowMissing: true });
  const listSeconds = since(start);
  start = performance.now();
  const copies = await findNearCopies(samples, {
    onProgress: (done, of) => onProgress('comparing', done, of),
  });
  const compareSeconds = since(start);
  start = performance.now();
  splitByPhoto(samples, { ...DIVISION, copies });
  const splitSeconds = since(start);
  const order = new BalancedEpochs(samples, { length: samples.length, seed: 1 }).order(0);
  const loader = new Loader({ size, batch, workers, seed: 1, normalisation: IMAGENET });
  try {
    let done = 0;
    let first = 0;
    for await (const { labels } of loader.epoch(order, 0)) {
      onProgress('augmenting', (done += labels.length), order.length);
      // Starting the threads is no part of the speed.
      if (first > 0) continue;
      first = done;
      start = performance.now();
    }
    const perSecond = (done - first) / Math.max(1e-3, (performance.now() - start) / 1000);
    // Counted in kilobytes.
    const megabytes = Math.round(process.resourceUsage().maxRSS / 1000);
    onProgress('training on', samples.length, samples.length);
    const training = { net: 'student', provider: 'cpu', size, threads: availableParallelism() } as const;
    const { imagesPerSecond: trained } = await trainingSpeed({ ...training, batch });
    return {
      images: samples.length,
      ...{ listSeconds, compareSeconds, splitSeconds, size, workers },
      imagesPerSecond: Math.round(perSecond),
      trainingImagesPerSecond: trained,
      ratioToTraining: Math.round((100 * perSecond) / trained) / 100,
      megabytes,
    };
  } finally {
    await loader.close();
  }
}

/** Its line for people. */
export const describeData = (line: DataSpeed): string =>
  `${line.images} images: listed in ${line.listSeconds} s, compared in ${line.compareSeconds} s, divided in ${line.splitSeconds} s, ` +
  `${line.imagesPerSecond} images/s decoded and augmented to ${line.size}×${line.size} by ${line.workers} ` +
  `${line.workers === 1 ? 'thread' : 'threads'} (${line.ratioToTraining} times as fast as the student trains), ` +
  `${line.megabytes} MB of memory at most`;
