/**
 * A whole training run: folders → splits → fit → the model, calibrated and measured on photos it never saw,
 * with its card.
 */
import { mkdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { MASK_CLASSES } from '../api';
import { type OptimiserName, optimiserOf } from '../autograd/optimiser';
import { type Weights, inventory, parameterCount } from '../autograd/scope';
import type { TrainStepOptions } from '../autograd/train-step';
import { type Architecture, type Recipe, architectureOf } from '../nets';
import type { ModelCard } from '../nets/card';
import { writeAtomic } from '../files';
import { type Distillation, type Lesson, type LessonOptions, openLesson } from './distil/lesson';
import { asksNetwork } from './distil/methods';
import { PEER } from './distil/objective';
import { viewsFor } from './distil/teacher';
import type { EpochReport, FitResult, StepProgress } from './fit';
import { measure } from './measure';
import { supervised } from './objective';
import { epochOrder } from './order';
import { Predictor } from './predictor';
import { bestWeightsOf } from './progress';
import { thisHost, trainingFacts, writeFacts } from './run-facts';
import type { About } from './run-report';
import { type ScheduleName, scheduleOf } from './schedule';
import { type Data, openData, predictAll } from './sets';
import { fitTransfer } from './transfer';
import { verifiedExport } from './verify-export';
import { type Views, openViews } from './views';

export interface TrainOptions {
  arch: string;
  data: string[];
  unseen?: string[];
  /** Folders of pictures without labels, for learning from a teacher. */
  unlabelled?: string[];
  /** Share of the pictures of an epoch that is taken from these, 0 to 1; half where not given. */
  unlabelledShare?: number;
  /** What these folders hold, where it is known already. */
  opened?: Data;
  out: string;
  about: About;
  epochs: number;
  /** Images in an epoch; 0: as many as the training split has. */
  images: number;
  /** Epochs without a better one after which it ends; none where not given. */
  patience?: number;
  /** These, where not given, are the network's own recipe. */
  batch?: number;
  rate?: number;
  decay?: number;
  optimiser?: OptimiserName;
  schedule?: ScheduleName;
  headEpochs?: number;
  freezeNorms?: boolean;
  smoothing?: number;
  /** Mixup's alpha, when learning from labels; 0 for none. */
  mixup: number;
  /** Probability of a patch over part of the face (see data/occlusion.ts); none where not given. */
  occlusion?: number;
  /** Probability of much noise, hardly any contrast or far too much or little light (see Augmentation); none where not given. */
  harsh?: number;
  /** Learn by such a recipe, from teachers, instead of from labels alone. */
  distil?: Distillation;
  /** Show pictures as they are, without augmentation. */
  plain?: boolean;
  size?: number;
  seed: number;
  /** What the training step runs on; CPU where not given. */
  provider?: { name: string; session: Required<TrainStepOptions>['session'] };
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
  /** Hands the batches on, and waits between two of them while the run is held. */
  pace?: <T>(batches: AsyncIterable<T>) => AsyncIterable<T>;
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
  const { report } = options;
  const architecture = await architectureOf(options.arch);
  const recipe = recipeOf(architecture, options);
  const size = options.size ?? architecture.size;
  const side = await viewsFor(size, options.distil?.teachers ?? []);
  await mkdir(options.out, { recursive: true });

  const views = openViews({ ...options, size, views: side, batch: recipe.batch });
  let lesson: Lesson | undefined;
  try {
    // Before the data, which take their time to read: a teacher that does not fit is told at once.
    lesson = await lessonOf(options, recipe, {
      size,
      views: side,
      validation: () => views.training.plain(data.val),
    });
    const data = options.opened ?? (await openData(options));
    const bare = data.unlabelled.length;
    report.text(
      `${data.train.length} images to train on${bare > 0 ? `, ${bare} without labels` : ''}, ` +
        `${data.val.length} to validate, ${data.test.length} to test`,
    );
    const fitted = await fitOn(data, views, lesson, { ...architecture, recipe }, size, options);
    const model = join(options.out, `${architecture.name}.onnx`);
    await writeAtomic(model, await verifiedExport(architecture.network, size, fitted.weights, model));
    const card = await judge(model, architecture, data, views, size, options);
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
      host: thisHost(options.threads, options.provider?.name ?? 'cpu'),
    });
    return { model, card, history: fitted.history, finished: fitted.finished };
  } finally {
    await lesson?.release();
    await views.close();
  }
}

/** What the run learns by. */
async function lessonOf(
  options: TrainOptions,
  { batch, smoothing }: Recipe,
  shown: Pick<LessonOptions, 'size' | 'views' | 'validation'>,
): Promise<Lesson> {
  const classes = MASK_CLASSES.length;
  const { distil, plain = false } = options;
  if (options.unlabelled && !(distil && asksNetwork(distil.recipe)))
    throw new Error('--unlabelled gives pictures to ask a teacher about, and no method here asks one');
  if (distil) return openLesson(distil, { ...options, ...shown, batch, classes, plain });
  return {
    objective: supervised({ batch, classes, smoothing, mixup: options.mixup }),
    initial: {},
    rateOf: () => 1,
    release: () => Promise.resolve(),
  };
}

/** Recipes are for AdamW. Its rate times this, and this decay, suit stochastic gradient descent. */
const SGD = { rate: 20, decay: 5e-4 };

/** The network's recipe with what was asked for instead. */
function recipeOf({ recipe }: Architecture, options: TrainOptions): Recipe {
  const sgd = options.optimiser === 'sgd';
  const { batch = recipe.batch, rate = sgd ? SGD.rate * recipe.rate : recipe.rate } = options;
  const { decay = sgd ? SGD.decay : recipe.decay, smoothing = recipe.smoothing } = options;
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
const stepsIn = ({ train, unlabelled }: Data, { batch }: Recipe, { images }: TrainOptions): number =>
  Math.max(1, Math.round((images || train.length + unlabelled.length) / batch));

async function fitOn(
  data: Data,
  views: Views,
  lesson: Lesson,
  architecture: Architecture,
  size: number,
  options: TrainOptions,
): Promise<FitResult> {
  const { report, seed, epochs, pace = (batches) => batches } = options;
  const { batch, rate, transfer, decay, clip } = architecture.recipe;
  const classes = MASK_CLASSES.length;
  const steps = stepsIn(data, architecture.recipe, options);
  const { unlabelledShare: share = 0.5 } = options;
  const orderOf = epochOrder(data.train, data.unlabelled, { length: steps * batch, share, seed });
  const initial = await beginning(architecture, options);
  // What begins at random learns everywhere alike.
  const rateOf = initial && transfer ? transfer.rateOf : () => 1;
  const isNew = initial !== undefined && options.from === undefined;
  const { optimiser = 'adamw', schedule = 'cosine' } = options;
  return fitTransfer({
    network: architecture.network,
    classes,
    size,
    batch,
    epochs,
    steps,
    patience: options.patience ?? 0,
    optimiser: optimiserOf(optimiser, decay),
    rateAt: scheduleOf(schedule, rate),
    isHead: (name) => name.startsWith(PEER) || (transfer?.isHead(name) ?? false),
    headEpochs: transfer ? (options.headEpochs ?? (isNew ? transfer.headEpochs : 0)) : 0,
    rateOf: (name) => (name.startsWith(PEER) ? lesson.rateOf(name) : rateOf(name)),
    ...(options.freezeNorms && { frozenNorms: true }),
    ...(options.provider && { session: options.provider.session }),
    ...(clip !== undefined && { clip }),
    objective: lesson.objective,
    averaging: 0.998,
    seed,
    threads: options.threads,
    initial: { ...lesson.initial, ...initial },
    training: (epoch) => pace(views.training.epoch(orderOf(epoch), epoch)),
    validation: () => views.measuring.plain(data.val),
    out: options.out,
    resume: options.resume,
    signal: options.signal,
    onStep: report.onStep,
    onEpoch: (epoch) => {
      report.onEpoch(epoch);
      const [ahead, trained] = [views.training.rate, (steps * batch) / epoch.seconds].map((x) =>
        x.toFixed(0),
      );
      report.text(`augmentation makes ${ahead} images/s, training took ${trained} images/s`);
    },
  });
}

/** Measures the written model on photos it was not trained on. */
async function judge(
  model: string,
  { network, description }: Architecture,
  data: Data,
  views: Views,
  size: number,
  options: TrainOptions,
): Promise<ModelCard> {
  const predictor = await Predictor.open(model, size, options.threads);
  try {
    return await measure(
      {
        logits: async (samples) => (await predictAll(predictor, views.measuring.plain(samples))).logits,
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
