/**
 * A whole training run: folders → splits → fit → the model, calibrated and measured on photos it never saw,
 * with its card.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MASK_CLASSES } from '../api';
import { Loader } from '../data/loader';
import type { Sample } from '../data/folders';
import { BalancedEpochs } from '../data/sampler';
import { inventory, parameterCount } from '../autograd/scope';
import { ARCHITECTURES } from '../nets';
import { type ModelCard, cardPath } from '../nets/card';
import { exportNetwork } from '../nets/export';
import { writeAtomic } from './checkpoint';
import { type EpochReport, type StepProgress, fit } from './fit';
import { bestTemperature } from './metrics';
import { Predictor } from './predictor';
import { type About, IMAGENET, makeCard, metricsBySet } from './run-report';
import { openFolders, plainBatches, predictAll, splitsOf } from './sets';

export interface TrainOptions {
  arch: string;
  data: string[];
  unseen?: string[];
  out: string;
  about: About;
  epochs: number;
  /** Images in an epoch; 0: as many as the training split has. */
  images: number;
  batch: number;
  rate: number;
  decay: number;
  smoothing: number;
  size?: number;
  seed: number;
  threads: number;
  workers: number;
  resume: boolean;
  signal: AbortSignal;
  /** The command line, for the card. */
  command: string;
  report: {
    text: (line: string) => void;
    onStep: (progress: StepProgress) => void;
    onEpoch: (report: EpochReport) => void;
  };
}

export interface TrainResult {
  model: string;
  card: ModelCard;
  history: EpochReport[];
  finished: boolean;
}

/** Images of each set, in order of name. */
function countBySet(samples: Sample[]): { set: string; images: number }[] {
  const counts = new Map<string, number>();
  for (const { set } of samples) counts.set(set, (counts.get(set) ?? 0) + 1);
  return [...counts].sort().map(([set, images]) => ({ set, images }));
}

/** @throws Error naming the folder, file or option that is wrong */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { report, seed, batch } = options;
  const architecture = ARCHITECTURES.find(({ name }) => name === options.arch);
  if (!architecture) throw new Error(`there is no network ${options.arch}`);
  const size = options.size ?? architecture.size;
  await mkdir(options.out, { recursive: true });

  const splits = await splitsOf(await openFolders(options.data, { split: 'all', complete: true }), seed);
  const unseen = options.unseen ? await openFolders(options.unseen, { split: 'all', complete: false }) : [];
  const { train: training, val, test } = splits;
  report.text(`${training.length} images to train on, ${val.length} to validate, ${test.length} to test`);
  const steps = Math.max(1, Math.round((options.images || training.length) / batch));

  const epochs = new BalancedEpochs(training, { length: steps * batch, seed });
  const loader = new Loader({ size, batch, workers: options.workers, seed });
  const input = { size, ...IMAGENET };
  let fitted;
  try {
    fitted = await fit({
      network: architecture.network,
      classes: MASK_CLASSES.length,
      size,
      batch,
      epochs: options.epochs,
      steps,
      rate: options.rate,
      warmup: Math.min(500, Math.ceil((options.epochs * steps) / 20)),
      weightDecay: options.decay,
      smoothing: options.smoothing,
      averaging: 0.998,
      seed,
      threads: options.threads,
      training: (epoch) => loader.epoch(epochs.order(epoch), epoch),
      validation: () => plainBatches(val, input),
      out: options.out,
      resume: options.resume,
      signal: options.signal,
      onStep: report.onStep,
      onEpoch: (epoch) => {
        report.onEpoch(epoch);
        report.text(
          `one loader thread alone gives ${loader.rate.toFixed(0)} images/s; training took ` +
            `${((steps * batch) / epoch.seconds).toFixed(0)} images/s`,
        );
      },
    });
  } finally {
    await loader.close();
  }

  const model = join(options.out, `${options.arch}.onnx`);
  const bytes = exportNetwork(architecture.network, size, fitted.weights);
  const predictor = await Predictor.open(bytes, size, options.threads);
  try {
    const predict = async (samples: Sample[]) => ({
      ...(await predictAll(predictor, plainBatches(samples, input))),
      sets: samples.map(({ set }) => set),
    });
    const validated = await predict(val);
    const temperature = bestTemperature(validated.logits, validated.truths, MASK_CLASSES.length);
    const card = makeCard({
      architecture: architecture.description,
      parameters: parameterCount(inventory(architecture.network, size)),
      size,
      temperature,
      training: countBySet(training),
      metrics: [
        ...metricsBySet(validated, 'validation', temperature),
        ...metricsBySet(await predict(test), 'test', temperature),
        ...(unseen.length > 0 ? metricsBySet(await predict(unseen), 'unseen', temperature) : []),
      ],
      about: options.about,
      command: options.command,
    });
    await writeAtomic(model, bytes);
    await writeAtomic(cardPath(model), Buffer.from(`${JSON.stringify(card, null, 2)}\n`));
    return { model, card, history: fitted.history, finished: fitted.finished };
  } finally {
    await predictor.release();
  }
}
