/**
 * What an architecture costs before it is trained: parameters, multiply-adds, and the speed of its inference form
 * with random weights, held against the article's and against the machine's own limit. For choosing a student.
 */
import { availableParallelism } from 'node:os';
import { Tensor } from 'onnxruntime-node';
import { initialWeights, inventory, parameterCount } from '../autograd/scope';
import { architectureOf } from '../nets';
import { INPUT, inferenceModel } from '../nets/export';
import { multiplyAdds } from '../onnx/cost';
import { encodeModel } from '../onnx/encode';
import { seeded } from '../random';
import { ARTICLE_CROPS_PER_SECOND } from '../watch/measure';
import { timeAgainstPeak } from '../watch/peak';
import { openSession } from '../watch/providers';

/** One line of `bench --arch --json`. */
export interface ArchitectureCost {
  net: string;
  parameters: number;
  /** Of one crop; null where an operator's cost is not known. */
  multiplyAdds: number | null;
  /** Side of the crops in pixels. */
  size: number;
  /** Crops a call. */
  batch: number;
  threads: number;
  /** Of the network alone, on crops that are normalised already. */
  cropsPerSecond: number;
  ratioToArticle: number;
  /** Multiply-adds a second as a share of a large matrix product's, in the same run. */
  shareOfPeak: number | null;
}

const rounded = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;

/**
 * Measures a network on one thread, then on all.
 * @throws Error when there is no such network
 */
export async function* architectureCosts(net: string, batch: number): AsyncGenerator<ArchitectureCost> {
  const { network, size } = await architectureOf(net);
  const needs = inventory(network, size);
  const model = inferenceModel(network, size, initialWeights(needs, seeded(1)));
  const cost = multiplyAdds(model, size);
  const images = Float32Array.from({ length: batch * 3 * size * size }, seeded(2));
  const feeds = { [INPUT]: new Tensor('float32', images, [batch, 3, size, size]) };
  const bytes = encodeModel(model);
  for (const threads of new Set([1, availableParallelism()])) {
    const session = await openSession(bytes, 'cpu', threads);
    try {
      await session.run(feeds);
      const { milliseconds, peak } = await timeAgainstPeak(() => session.run(feeds), threads);
      const rate = (1000 * batch) / milliseconds;
      yield {
        net,
        parameters: parameterCount(needs),
        multiplyAdds: cost,
        size,
        batch,
        threads,
        cropsPerSecond: Math.round(rate),
        ratioToArticle: rounded(rate / ARTICLE_CROPS_PER_SECOND, 2),
        shareOfPeak: cost === null ? null : rounded((rate * cost) / peak, 3),
      };
    } finally {
      await session.release();
    }
  }
}

/** Its line for people. */
export const describeCost = (cost: ArchitectureCost): string =>
  [
    `${(cost.parameters / 1000).toFixed(0)} k parameters`,
    `${cost.multiplyAdds === null ? '?' : (cost.multiplyAdds / 1e6).toFixed(1)} M multiply-adds`,
    `${cost.threads} ${cost.threads === 1 ? 'thread' : 'threads'}`,
    `${cost.cropsPerSecond} crops/s`,
    `${cost.ratioToArticle.toFixed(1)} × the article's`,
    `${cost.shareOfPeak === null ? '?' : (100 * cost.shareOfPeak).toFixed(0)} % of the peak`,
  ].join(', ') + `: ${cost.net}`;
