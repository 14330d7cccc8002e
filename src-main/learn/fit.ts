/**
 * The training loop: epochs of steps with a cosine schedule, validation after each, and the weights that
 * validated best kept (the article's rule), by balanced accuracy. A checkpoint after each epoch lets a stopped
 * run go on to the same result.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { adamW } from '../autograd/optimiser';
import { crossEntropy } from '../autograd/losses';
import { type Network, type Weights, initialWeights, inventory } from '../autograd/scope';
import { TrainStep } from '../autograd/train-step';
import type { Metrics } from '../nets/card';
import { exportNetwork } from '../nets/export';
import { seeded } from '../random';
import { readCheckpoint, writeCheckpoint } from './checkpoint';
import { argmax, meanCrossEntropy, metricsOf, softmaxRows } from './metrics';
import { Predictor } from './predictor';
import { cosine } from './schedule';
import { predictAll } from './sets';

/** Pictures as the loader gives them. */
export interface Batch {
  /** N×3×S×S, normalised. */
  images: Float32Array;
  /** N class indices. */
  labels: ArrayLike<number>;
}

export interface FitOptions {
  network: Network;
  classes: number;
  size: number;
  batch: number;
  epochs: number;
  /** Steps in an epoch. */
  steps: number;
  /** Highest learning rate. */
  rate: number;
  /** Steps of linear warm-up. */
  warmup: number;
  weightDecay: number;
  /** Label smoothing, 0 to 1. */
  smoothing: number;
  /** Share of the weights' moving average kept at each step, 0 to 1. */
  averaging: number;
  seed: number;
  threads: number;
  /** Batches of one epoch, all of `batch` pictures, the same for the same epoch number. */
  training: (epoch: number) => AsyncIterable<Batch>;
  validation: () => AsyncIterable<Batch>;
  /** Folder for the checkpoint. */
  out: string;
  /** Go on from the folder's checkpoint, when there is one. */
  resume: boolean;
  signal?: AbortSignal;
  onStep?: (progress: StepProgress) => void;
  onEpoch?: (report: EpochReport) => void;
}

export interface StepProgress {
  epoch: number;
  step: number;
  /** Mean training loss of the epoch so far. */
  loss: number;
  imagesPerSecond: number;
  secondsLeft: number;
}

export interface EpochReport {
  epoch: number;
  rate: number;
  trainLoss: number;
  trainAccuracy: number;
  validationLoss: number;
  validation: Metrics;
  best: boolean;
  seconds: number;
}

export interface FitResult {
  weights: Weights;
  best: EpochReport;
  history: EpochReport[];
  /** False when the signal stopped it early. */
  finished: boolean;
}

/** N×classes, 1 at each row's class. */
function oneHot(labels: ArrayLike<number>, classes: number): Float32Array {
  const targets = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) targets[i * classes + labels[i]!] = 1;
  return targets;
}

/** Trains a network from its initial weights. Throws an Error when the loss stops being a number. */
export async function fit(options: FitOptions): Promise<FitResult> {
  const { network, classes, size, batch, epochs, steps, seed } = options;
  const ones = new Float32Array(batch).fill(1);
  const trainer = await TrainStep.create({
    network,
    batch,
    size,
    optimiser: adamW({ decay: options.weightDecay }),
    weights: initialWeights(inventory(network, size), seeded(seed)),
    threads: options.threads,
    loss: (logits, graph) =>
      crossEntropy(
        logits,
        graph.input('targets', [batch, classes]),
        graph.input('weights', [batch]),
        options.smoothing,
      ),
  });
  const path = join(options.out, 'checkpoint.bin');
  let history: EpochReport[] = [];
  let weights = trainer.weights();
  try {
    if (options.resume && (await stat(path).catch(() => null))) {
      const { meta, vectors } = await readCheckpoint(path);
      const saved = meta as { step: number; history: EpochReport[] };
      const part = (prefix: string) =>
        Object.fromEntries(
          Object.entries(vectors).flatMap(([n, v]) =>
            n.startsWith(prefix) ? [[n.slice(prefix.length), v]] : [],
          ),
        );
      trainer.restore({ step: saved.step, state: part('state/') });
      history = saved.history;
      weights = part('best/');
    }
    const done = (finished: boolean): FitResult => {
      const best = history.findLast((report) => report.best);
      if (!best) throw new Error('stopped before the first epoch was done; nothing to keep');
      return { weights, best, history, finished };
    };
    for (let epoch = history.length; epoch < epochs; epoch++) {
      const report = await trainEpoch(trainer, options, epoch, ones);
      if (!report) return done(false);
      const { validation, validationLoss } = await validate(trainer.weights(true), options);
      const best = history.findLast((earlier) => earlier.best);
      const better =
        !best ||
        validation.balancedAccuracy > best.validation.balancedAccuracy ||
        (validation.balancedAccuracy === best.validation.balancedAccuracy &&
          validationLoss < best.validationLoss);
      if (better) weights = trainer.weights(true);
      history.push({ ...report, validation, validationLoss, best: better });
      const { step, state } = trainer.snapshot();
      const prefixed = (prefix: string, of: Weights) =>
        Object.fromEntries(Object.entries(of).map(([name, values]) => [prefix + name, values]));
      await writeCheckpoint(
        path,
        { step, history },
        { ...prefixed('state/', state), ...prefixed('best/', weights) },
      );
      options.onEpoch?.(history.at(-1)!);
      if (options.signal?.aborted && epoch + 1 < epochs) return done(false);
    }
    return done(true);
  } finally {
    await trainer.release();
  }

  async function validate(candidate: Weights, { validation }: FitOptions) {
    const predictor = await Predictor.open(exportNetwork(network, size, candidate), size, options.threads);
    const { logits, truths } = await predictAll(predictor, validation());
    await predictor.release();
    return {
      validation: metricsOf(softmaxRows(logits, classes), truths),
      validationLoss: meanCrossEntropy(logits, truths, classes),
    };
  }

  /** One epoch; null when the signal stopped it midway (the epoch then counts as not done). */
  async function trainEpoch(
    step: TrainStep,
    { onStep, signal }: FitOptions,
    epoch: number,
    weightOnes: Float32Array,
  ) {
    const start = performance.now();
    let [seen, lossSum, right, at, rate] = [0, 0, 0, 0, 0];
    for await (const { images, labels } of options.training(epoch)) {
      if (signal?.aborted) return null;
      const number = epoch * steps + at;
      rate = cosine(number, epochs * steps, options.rate, options.warmup);
      const { loss, logits } = await step.run({
        images,
        extra: { targets: oneHot(labels, classes), weights: weightOnes },
        rate,
        keep: Math.min(options.averaging, (1 + number) / (10 + number)),
        random: seeded(seed, 1, number),
      });
      at += 1;
      seen += batch;
      lossSum += loss;
      for (let i = 0; i < batch; i++) if (argmax(logits, i * classes, classes) === labels[i]) right += 1;
      const seconds = (performance.now() - start) / 1000;
      const left = (epochs - epoch) * steps - at;
      onStep?.({
        epoch,
        step: at,
        loss: lossSum / at,
        imagesPerSecond: seen / seconds,
        secondsLeft: (left * seconds) / at,
      });
    }
    const seconds = (performance.now() - start) / 1000;
    return { epoch, rate, trainLoss: lossSum / at, trainAccuracy: right / seen, seconds };
  }
}
