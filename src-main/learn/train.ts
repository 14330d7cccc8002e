/**
 * A whole training run: folders → splits → fit → the model, calibrated and measured on photos it never saw,
 * with its card.
 */
import { mkdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { MASK_CLASSES } from '../api';
import { inventory, parameterCount } from '../autograd/scope';
import { type Architecture, type Recipe, architectureOf } from '../nets';
import type { ModelCard } from '../nets/card';
import { writeAtomic } from '../files';
import { type Lesson, type LessonOptions, openLesson } from './distil/lesson';
import { asksNetwork } from './distil/methods';
import { viewsFor } from './distil/teacher';
import { fitArchitecture, recipeOf, stepsIn } from './fit-architecture';
import { measure } from './measure';
import { supervised } from './objective';
import { Predictor } from './predictor';
import { thisHost, trainingFacts, writeFacts } from './run-facts';
import { type Data, openData, predictAll } from './sets';
import type { TrainOptions, TrainResult } from './train-options';
import { verifiedExport } from './verify-export';
import { type Views, openViews } from './views';

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
    const fitted = await fitArchitecture(data, views, lesson, { ...architecture, recipe }, size, options);
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

/** Measures the written model on photos it was not trained on. */
async function judge(
  model: string,
  { network, description }: Architecture,
  data: Data,
  views: Views,
  size: number,
  options: TrainOptions,
): Promise<ModelCard> {
  const { pace = (batches) => batches } = options;
  const predictor = await Predictor.open(model, size, options.threads);
  try {
    return await measure(
      {
        logits: async (samples) => (await predictAll(predictor, pace(views.measuring.plain(samples)))).logits,
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
