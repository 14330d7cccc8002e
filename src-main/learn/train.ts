/**
 * A whole training run: folders → splits → fit → the model, calibrated and measured on photos it never saw,
 * with its card.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MASK_CLASSES } from '../api';
import { IMAGENET } from '../data/augment';
import { Loader } from '../data/loader';
import type { Sample } from '../data/folders';
import { BalancedEpochs } from '../data/sampler';
import { type Weights, inventory, parameterCount } from '../autograd/scope';
import { type Architecture, type Recipe, architectureOf } from '../nets';
import { type ModelCard, cardPath } from '../nets/card';
import { exportNetwork } from '../nets/export';
import { writeAtomic } from './checkpoint';
import { distilled } from './distil/objective';
import type { DistilRecipe } from './distil/methods';
import { openTeacher } from './distil/teacher';
import { type EpochReport, type FitResult, type StepProgress, bestWeightsOf, fit } from './fit';
import { bestTemperature } from './metrics';
import { supervised } from './objective';
import { Predictor } from './predictor';
import { type About, makeCard, metricsBySet } from './run-report';
import { openFolders, predictAll, splitsOf } from './sets';

export interface TrainOptions {
  arch: string;
  data: string[];
  unseen?: string[];
  out: string;
  about: About;
  epochs: number;
  /** Images in an epoch; 0: as many as the training split has. */
  images: number;
  /** These four, where not given, are the network's own recipe. */
  batch?: number;
  rate?: number;
  decay?: number;
  smoothing?: number;
  /** Mixup's alpha, when learning from labels; 0 for none. */
  mixup: number;
  /** Learn from teachers, by such a recipe, instead of from labels alone. */
  distil?: { teachers: string[]; recipe: DistilRecipe };
  size?: number;
  seed: number;
  threads: number;
  workers: number;
  /** Folder of an earlier run, whose best weights this one begins from. */
  from?: string;
  /** Begin at random even where pretrained weights are known. */
  scratch: boolean;
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
  const { report, seed } = options;
  const architecture = await architectureOf(options.arch);
  const recipe = recipeOf(architecture, options);
  const size = options.size ?? architecture.size;
  await mkdir(options.out, { recursive: true });

  const data: Data = {
    ...(await splitsOf(await openFolders(options.data, { split: 'all', complete: true }))),
    unseen: options.unseen ? await openFolders(options.unseen, { split: 'all', complete: false }) : [],
  };
  report.text(
    `${data.train.length} images to train on, ${data.val.length} to validate, ${data.test.length} to test`,
  );

  const loader = new Loader({
    size,
    batch: recipe.batch,
    workers: options.workers,
    seed,
    normalisation: IMAGENET,
  });
  try {
    const fitted = await fitOn(data, loader, { ...architecture, recipe }, size, options);
    const bytes = exportNetwork(architecture.network, size, fitted.weights);
    const card = await measure(bytes, data, loader, architecture, size, options);
    const model = join(options.out, `${architecture.name}.onnx`);
    await writeAtomic(model, bytes);
    await writeAtomic(cardPath(model), Buffer.from(`${JSON.stringify(card, null, 2)}\n`));
    return { model, card, history: fitted.history, finished: fitted.finished };
  } finally {
    await loader.close();
  }
}

/** The network's recipe with what was asked for instead. */
function recipeOf({ recipe }: Architecture, options: TrainOptions): Recipe {
  const { batch = recipe.batch, rate = recipe.rate } = options;
  const { decay = recipe.decay, smoothing = recipe.smoothing } = options;
  return { ...recipe, batch, rate, decay, smoothing };
}

/** The weights a run begins from; undefined for random ones. */
async function beginning(
  { pretrained }: Architecture,
  { from, scratch }: TrainOptions,
): Promise<Weights | undefined> {
  if (from) return bestWeightsOf(from);
  return scratch ? undefined : pretrained?.();
}

/** The samples of a run, by what they are for. */
interface Data {
  train: Sample[];
  val: Sample[];
  test: Sample[];
  unseen: Sample[];
}

async function fitOn(
  data: Data,
  loader: Loader,
  architecture: Architecture,
  size: number,
  options: TrainOptions,
): Promise<FitResult> {
  const { report, seed, epochs, distil } = options;
  const { batch, rate, rateOf, decay, smoothing, clip } = architecture.recipe;
  const classes = MASK_CLASSES.length;
  const steps = Math.max(1, Math.round((options.images || data.train.length) / batch));
  const order = new BalancedEpochs(data.train, { length: steps * batch, seed });
  const initial = await beginning(architecture, options);
  const teacher =
    distil && distil.teachers.length > 0
      ? await openTeacher(distil.teachers, size, options.threads)
      : undefined;
  try {
    return await fit({
      network: architecture.network,
      classes,
      size,
      batch,
      epochs,
      steps,
      rate,
      warmup: Math.min(500, Math.ceil((epochs * steps) / 20)),
      weightDecay: decay,
      ...(rateOf && { rateOf }),
      ...(clip !== undefined && { clip }),
      objective: distil
        ? distilled({ batch, classes, recipe: distil.recipe, ...(teacher && { teacher }) })
        : supervised({ batch, classes, smoothing, mixup: options.mixup }),
      averaging: 0.998,
      seed,
      threads: options.threads,
      ...(initial && { initial }),
      training: (epoch) => loader.epoch(order.order(epoch), epoch),
      validation: () => loader.plain(data.val),
      out: options.out,
      resume: options.resume,
      signal: options.signal,
      onStep: report.onStep,
      onEpoch: (epoch) => {
        report.onEpoch(epoch);
        const [ahead, trained] = [loader.rate, (steps * batch) / epoch.seconds].map((x) => x.toFixed(0));
        report.text(`augmentation makes ${ahead} images/s, training took ${trained} images/s`);
      },
    });
  } finally {
    await teacher?.release();
  }
}

/** Measures the finished model on photos it was not trained on, calibrates it, and writes its card. */
async function measure(
  model: Uint8Array,
  data: Data,
  loader: Loader,
  { network, description }: Architecture,
  size: number,
  options: TrainOptions,
): Promise<ModelCard> {
  const predictor = await Predictor.open(model, size, options.threads);
  const predict = async (samples: Sample[]) => ({
    ...(await predictAll(predictor, loader.plain(samples))),
    sets: samples.map(({ set }) => set),
  });
  try {
    const validated = await predict(data.val);
    const temperature = bestTemperature(validated.logits, validated.truths, MASK_CLASSES.length);
    return makeCard({
      architecture: description,
      parameters: parameterCount(inventory(network, size)),
      size,
      temperature,
      training: countBySet(data.train),
      metrics: [
        ...metricsBySet(validated, 'validation', temperature),
        ...metricsBySet(await predict(data.test), 'test', temperature),
        ...(data.unseen.length > 0 ? metricsBySet(await predict(data.unseen), 'unseen', temperature) : []),
      ],
      about: options.about,
      command: options.command,
    });
  } finally {
    await predictor.release();
  }
}
