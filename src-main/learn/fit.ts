/**
 * The training loop: epochs of steps by a schedule, validation after each, and the weights that
 * validated best kept (the article's rule), by balanced accuracy. A checkpoint after each epoch lets a stopped
 * run go on to the same result.
 */
import type { Optimiser } from '../autograd/optimiser';
import { type Network, type Weights, initialWeights } from '../autograd/scope';
import { TrainStep, type TrainStepOptions, inventoryOf } from '../autograd/train-step';
import type { Metrics } from '../nets/card';
import { exportNetwork } from '../nets/export';
import { seeded } from '../random';
import type { Batch, Objective, TeacherReport } from './objective';
import { argmax, meanCrossEntropy, metricsOf, softmaxRows } from './metrics';
import { Predictor } from './predictor';
import { resumeProgress, saveProgress } from './progress';
import { predictAll } from './sets';

export interface FitOptions {
  network: Network;
  classes: number;
  size: number;
  batch: number;
  epochs: number;
  /** Steps in an epoch. */
  steps: number;
  /** Epochs in a row that validate no better than one before them, after which it ends; 0 for never. */
  patience: number;
  optimiser: Optimiser;
  /** The learning rate, from a step (from 0) and the steps in all. */
  rateAt: (step: number, steps: number) => number;
  /** What the rate is multiplied by for a parameter, by its name. */
  rateOf?: (name: string) => number;
  /** Longest gradient. */
  clip?: number;
  /** Batch norm keeps to the running statistics it begins with. */
  frozenNorms?: boolean;
  /** What the training step runs on. Default: CPU. */
  session?: TrainStepOptions['session'];
  objective: Objective;
  /** Share of the weights' moving average kept at each step, 0 to 1. */
  averaging: number;
  seed: number;
  threads: number;
  /** Weights to begin from; those it lacks are random, drawn from the seed. */
  initial?: Weights;
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
  /** In all. */
  epochs: number;
  step: number;
  /** Steps in an epoch. */
  steps: number;
  /** Mean training loss of the epoch so far. */
  loss: number;
  imagesPerSecond: number;
  secondsLeft: number;
}

export interface EpochReport {
  epoch: number;
  rate: number;
  trainLoss: number;
  /** Of the pictures with labels. */
  trainAccuracy: number;
  /** Means of the loss's terms, where it has several, and of the teacher's loss. */
  losses?: Record<string, number>;
  teacher?: TeacherReport;
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

/** Whether the last epochs, as many as the patience, were all no better than one before them (Prechelt 1998). */
function hasStalled(history: readonly EpochReport[], patience: number): boolean {
  const best = history.findLastIndex((epoch) => epoch.best);
  return patience > 0 && best >= 0 && history.length - 1 - best >= patience;
}

/** What epochs, and whole runs, are compared by. */
export interface Validated {
  validation: Pick<Metrics, 'balancedAccuracy'>;
  validationLoss: number;
}

/** Whether an epoch validated better: by balanced accuracy, then by loss. */
export function isBetter(epoch: Validated, than: Validated | undefined): boolean {
  if (!than) return true;
  const gain = epoch.validation.balancedAccuracy - than.validation.balancedAccuracy;
  return gain > 0 || (gain === 0 && epoch.validationLoss < than.validationLoss);
}

/**
 * Trains a network from its initial weights, or goes on from the checkpoint.
 * @throws Error when the loss stops being a number, a picture cannot be read or the checkpoint does not fit
 */
export async function fit(options: FitOptions): Promise<FitResult> {
  const { network, size, batch, epochs, signal } = options;
  const trainer = await TrainStep.create({
    network,
    batch,
    size,
    optimiser: options.optimiser,
    weights: {
      ...initialWeights(
        inventoryOf({ network, size, batch, loss: options.objective.loss }),
        seeded(options.seed),
      ),
      ...options.initial,
    },
    threads: options.threads,
    ...(options.rateOf && { rateOf: options.rateOf }),
    ...(options.clip !== undefined && { clip: options.clip }),
    ...(options.frozenNorms && { frozenNorms: true }),
    ...(options.session && { session: options.session }),
    loss: options.objective.loss,
  });
  try {
    const progress = options.resume
      ? await resumeProgress<EpochReport>(options.out, trainer)
      : { history: [], best: trainer.weights() };
    const history: EpochReport[] = progress.history;
    const isOver = () => history.length >= epochs || hasStalled(history, options.patience);
    while (!isOver() && !signal?.aborted) {
      const trained = await trainEpoch(trainer, options, history.length);
      if (!trained) break;
      const weights = trainer.weights(true);
      const epoch = { ...trained, ...(await validate(weights, options)) };
      if (!Number.isFinite(epoch.validationLoss))
        throw new Error(
          `the validation loss became ${epoch.validationLoss} after epoch ${history.length + 1}; lower the ` +
            'learning rate (the checkpoint of the epoch before is kept)',
        );
      const best = isBetter(
        epoch,
        history.findLast((earlier) => earlier.best),
      );
      if (best) progress.best = weights;
      history.push({ ...epoch, best });
      await saveProgress(options.out, trainer, progress);
      options.onEpoch?.(history.at(-1)!);
    }
    const best = history.findLast((epoch) => epoch.best);
    if (!best) throw new Error('stopped before the first epoch was done; there is nothing to keep');
    return { weights: progress.best, best, history, finished: isOver() };
  } finally {
    await trainer.release();
  }
}

/** One epoch of steps; null when the signal stopped it midway, which leaves the epoch to be done again. */
async function trainEpoch(trainer: TrainStep, options: FitOptions, epoch: number) {
  const { batch, classes, steps, epochs, seed } = options;
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  let [done, lossSum, right, labelled, rate] = [0, 0, 0, 0, 0];
  const losses: Record<string, number> = {};
  for await (const shown of options.training(epoch)) {
    if (options.signal?.aborted) return null;
    const step = epoch * steps + done;
    rate = options.rateAt(step, epochs * steps);
    const { labels } = shown;
    const { images = shown.images, ...extra } = await options.objective.feeds(shown, seeded(seed, 2, step));
    const { loss, terms, logits } = await trainer.run({
      images,
      extra,
      rate,
      // A young average would hold the first, random weights: it begins short and grows to its length.
      keep: Math.min(options.averaging, (1 + step) / (10 + step)),
      random: seeded(seed, 1, step),
    });
    done += 1;
    lossSum += loss;
    for (const [name, term] of Object.entries(terms)) losses[name] = (losses[name] ?? 0) + term;
    for (let i = 0; i < batch; i++) {
      if (labels[i]! >= 0) labelled += 1;
      if (argmax(logits, i * classes, classes) === labels[i]) right += 1;
    }
    options.onStep?.({
      epoch,
      epochs,
      step: done,
      steps,
      loss: lossSum / done,
      imagesPerSecond: (done * batch) / seconds(),
      secondsLeft: (((epochs - epoch) * steps - done) * seconds()) / done,
    });
  }
  return {
    epoch,
    rate,
    trainLoss: lossSum / done,
    trainAccuracy: right / Math.max(1, labelled),
    ...(await toldOf(options.objective, losses, done)),
    seconds: seconds(),
  };
}

/** What an epoch's report says of the loss's terms and of the teacher. @param sums of the terms over so many steps */
async function toldOf({ teacher }: Objective, sums: Record<string, number>, steps: number) {
  const losses = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / steps]));
  const report = await teacher?.();
  if (report) {
    losses["teacher's, validation"] = report.validationLoss;
    if (report.trainLoss !== null) losses["teacher's, training"] = report.trainLoss;
  }
  return { ...(Object.keys(losses).length > 1 && { losses }), ...(report && { teacher: report }) };
}

/** Metrics of weights on the validation set, in the form that would ship. */
async function validate(weights: Weights, { network, size, classes, threads, validation }: FitOptions) {
  const predictor = await Predictor.open(exportNetwork(network, size, weights), size, threads);
  try {
    const { logits, truths } = await predictAll(predictor, validation());
    return {
      validation: metricsOf(softmaxRows(logits, classes), truths),
      validationLoss: meanCrossEntropy(logits, truths, classes),
    };
  } finally {
    await predictor.release();
  }
}
