/** Training steps, measured: forward, loss, gradients and AdamW on a batch of noise. */
import { crossEntropy } from '../autograd/losses';
import { adamW } from '../autograd/optimiser';
import { initialWeights, inventory } from '../autograd/scope';
import { TrainStep } from '../autograd/train-step';
import { MASK_CLASSES, type Provider } from '../api';
import { architectureOf } from '../nets';
import { seeded } from '../random';
import { PROVIDER_TABLE } from '../watch/providers';

/** One line of `bench --train --json`. */
export interface TrainingSpeed {
  net: string;
  provider: Provider;
  batch: number;
  /** Side of the pictures in pixels. */
  size: number;
  /** The median. */
  msPerStep: number;
  imagesPerSecond: number;
}

export interface TrainingSpeedOptions {
  /** An architecture's name. */
  net: string;
  provider: Provider;
  batch: number;
  size: number;
  threads: number;
  /** Steps that are timed, after three that are not. */
  steps?: number;
}

/** @throws Error when there is no such network, or the provider cannot train it here */
export async function trainingSpeed(options: TrainingSpeedOptions): Promise<TrainingSpeed> {
  const { net, provider, batch, size, threads, steps = 15 } = options;
  const { network } = await architectureOf(net);
  const classes = MASK_CLASSES.length;
  const step = await TrainStep.create({
    network,
    batch,
    size,
    threads,
    session: PROVIDER_TABLE[provider].options,
    optimiser: adamW(),
    weights: initialWeights(inventory(network, size), seeded(1)),
    loss: (logits, graph) =>
      crossEntropy(logits, graph.input('targets', [batch, classes]), graph.input('weights', [batch])),
  });
  const random = seeded(2);
  const images = Float32Array.from({ length: batch * 3 * size * size }, () => 2 * random() - 1);
  const targets = Float32Array.from({ length: batch * classes }, (_, i) =>
    Math.floor(i / classes) % classes === i % classes ? 1 : 0,
  );
  const extra = { targets, weights: new Float32Array(batch).fill(1) };
  const times: number[] = [];
  try {
    for (let i = 0; i < steps + 3; i++) {
      const start = performance.now();
      await step.run({ images, extra, rate: 1e-3, keep: 0.9, random: seeded(3, i) });
      times.push(performance.now() - start);
    }
  } finally {
    await step.release();
  }
  const median = times.slice(3).sort((a, b) => a - b)[Math.floor(steps / 2)]!;
  return {
    net,
    provider,
    batch,
    size,
    msPerStep: Math.round(100 * median) / 100,
    imagesPerSecond: Math.round((10_000 * batch) / median) / 10,
  };
}

/** Its line for people. */
export const describeTraining = (line: TrainingSpeed): string =>
  `${line.net.padEnd(14)} ${line.provider}  ${line.batch}×${line.size}×${line.size}  ` +
  `${line.msPerStep.toFixed(1)} ms a step, ${line.imagesPerSecond.toFixed(0)} images/s`;
