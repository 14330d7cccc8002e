/** How fast the pictures of folders are listed, compared and made ready to train on, beside the training itself. */
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { IMAGENET } from '../data/augment';
import { readImageFolders } from '../data/folders';
import { Loader } from '../data/loader';
import { findNearCopies } from '../data/near-copies';
import { BalancedEpochs } from '../data/sampler';
import { trainingSpeed } from './bench-train';

/** One line of `bench --data --json`. */
export interface DataSpeed {
  images: number;
  /** Seconds to list them, and to find near copies among them. */
  listSeconds: number;
  compareSeconds: number;
  /** Side of the pictures made, in pixels, and threads that make them. */
  size: number;
  workers: number;
  /** Decoded and augmented, an epoch of all. */
  imagesPerSecond: number;
  /** The student's training steps on as many threads as there are cores, in the same run, and how much faster pictures are. */
  trainingImagesPerSecond: number;
  ratioToTraining: number;
  /** Most memory of the whole process at any time (resident set), in megabytes. */
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
  await findNearCopies(samples, { onProgress: (done, of) => onProgress('comparing', done, of) });
  const compareSeconds = since(start);
  const order = new BalancedEpochs(samples, { length: samples.length, seed: 1 }).order(0);
  const loader = new Loader({ size, batch, workers, seed: 1, normalisation: IMAGENET });
  try {
    start = performance.now();
    let done = 0;
    for await (const { labels } of loader.epoch(order, 0))
      onProgress('augmenting', (done += labels.length), order.length);
    const seconds = (performance.now() - start) / 1000;
    onProgress('training on', samples.length, samples.length);
    const training = { net: 'student', provider: 'cpu', size, threads: availableParallelism() } as const;
    const { imagesPerSecond: trained } = await trainingSpeed({ ...training, batch });
    return {
      images: samples.length,
      ...{ listSeconds, compareSeconds, size, workers },
      imagesPerSecond: Math.round(order.length / seconds),
      trainingImagesPerSecond: trained,
      ratioToTraining: Math.round((100 * order.length) / seconds / trained) / 100,
      // Counted in kilobytes.
      megabytes: Math.round(process.resourceUsage().maxRSS / 1000),
    };
  } finally {
    await loader.close();
  }
}
