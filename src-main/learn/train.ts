/**
 * A whole training run: folders → splits → fit → the model, calibrated and measured on photos it never saw,
 * with its card.
 */
import { mkdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { MASK_CLASSES } from '../api';
import { IMAGENET } from '../data/augment';
import { DEFAULT_AUGMENTATION } from '../data/augmentation';
import { Loader } from '../data/loader';
import { BalancedEpochs } from '../data/sampler';
import { type Weights, inventory, parameterCount } from '../autograd/scope';
import { type Architecture, type Recipe, architectureOf } from '../nets';
import type { ModelCard } from '../nets/card';
import { exportNetwork } from '../nets/export';
import { writeAtomic } from '../files';
import { distilled } from './distil/objective';
import type { DistilRecipe } from './distil/methods';
import { openTeacher } from './distil/teacher';
import { type EpochReport, type FitResult, type StepProgress, bestWeightsOf, fit } from './fit';
import { measure } from './measure';
import { supervised } from './objective';
import { Predictor } from './predictor';
import { thisHost, trainingFacts, writeFacts } from './run-facts';
import type { About } from './run-report';
import { type Data, openData, predictAll } from './sets';

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
  /** Probability of a patch over part of the face (see data/occlusion.ts); none where not given. */
  occlusion?: number;
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

/** @throws Error naming the folder, file or option that is wrong */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { report, seed } = options;
  const architecture = await architectureOf(options.arch);
  const recipe = recipeOf(architecture, options);
  const size = options.size ?? architecture.size;
  await mkdir(options.out, { recursive: true });

  const data = await openData(options);
  report.text(
    `${data.train.length} images to train on, ${data.val.length} to validate, ${data.test.length} to test`,
  );

  const loader = new Loader({
    size,
    batch: recipe.batch,
    workers: options.workers,
    seed,
    normalisation: IMAGENET,
    augmentation: { ...DEFAULT_AUGMENTATION, occlusion: options.occlusion ?? 0 },
  });
  try {
    const fitted = await fitOn(data, loader, { ...architecture, recipe }, size, options);
    const bytes = exportNetwork(architecture.network, size, fitted.weights);
    const model = join(options.out, `${architecture.name}.onnx`);
    await writeAtomic(model, bytes);
    const card = await judge(model, architecture, data, loader, size, options);
    await writeAtomic(
      join(options.out, 'history.json'),
      Buffer.from(JSON.stringify(fitted.history, null, 1)),
    );
    await writeFacts(options.out, {
      version: 1,
      network: architecture.name,
      model: basename(model),
      command: options.command,
      finished: fitted.finished,
      parameters: card.parameters,
      size,
      training: trainingFacts(
        fitted.history.length * stepsIn(data, recipe, options) * recipe.batch,
        fitted.history.reduce((sum, { seconds }) => sum + seconds, 0),
      ),
      ...(options.distil && { teachers: options.distil.teachers.map((teacher) => resolve(teacher)) }),
      host: thisHost(options.threads, 'cpu'),
    });
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

/** Steps in an epoch. */
const stepsIn = ({ train }: Data, { batch }: Recipe, { images }: TrainOptions): number =>
  Math.max(1, Math.round((images || train.length) / batch));

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
  const steps = stepsIn(data, architecture.recipe, options);
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

/** Measures the written model on photos it was not trained on. */
async function judge(
  model: string,
  { network, description }: Architecture,
  data: Data,
  loader: Loader,
  size: number,
  options: TrainOptions,
): Promise<ModelCard> {
  const predictor = await Predictor.open(model, size, options.threads);
  try {
    return await measure(
      {
        logits: async (samples) => (await predictAll(predictor, loader.plain(samples))).logits,
        description,
        parameters: parameterCount(inventory(network, size)),
        size,
        model,
      },
      data,
      options,
    );
  } finally {
    await predictor.release();
  }
}
