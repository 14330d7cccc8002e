/** What a run learns by: labels alone, or a recipe with its teachers and the network beside the student, opened. */
import type { Weights } from '../../autograd/scope';
import { architectureOf } from '../../nets';
import { meanCrossEntropy, metricsOf, softmaxRows } from '../metrics';
import type { Batch, Objective } from '../objective';
import type { Predictor } from '../predictor';
import { openResampler } from '../resample';
import { predictAll } from '../sets';
import type { DistilRecipe } from './methods';
import { PEER, distilled } from './objective';
import { remembering } from './remembered';
import { type Teacher, openTeacher } from './teacher';

/** Learning by a recipe, as asked for. */
export interface Distillation {
  /** Paths of .onnx files with their cards. */
  teachers: string[];
  recipe: DistilRecipe;
  /** The network that learns beside the student, where the recipe asks for one: a name or a file. */
  peer: string;
}

export interface LessonOptions {
  batch: number;
  classes: number;
  /** Side of the student's pictures, and of the views that all are given, which may be larger. */
  size: number;
  views: number;
  /** Whether a picture's view is always the same. */
  plain: boolean;
  /** The validation pictures, as views. */
  validation: () => AsyncIterable<Batch>;
  threads: number;
  /** Whether a second network begins at random, though pretrained weights are known. */
  scratch: boolean;
}

export interface Lesson {
  objective: Objective;
  /** What the second network begins from, where it does not begin at random. */
  initial: Weights;
  /** What the rate is multiplied by for the second network's parameters. */
  rateOf: (name: string) => number;
  release(): Promise<void>;
}

/** @throws Error naming the teacher, the peer or the method that does not fit */
export async function openLesson(asked: Distillation, options: LessonOptions): Promise<Lesson> {
  const { recipe, teachers } = asked;
  const { size, views, threads } = options;
  const [first] = recipe.pieces;
  if (teachers.length > 0 && !recipe.needs.has('teacher'))
    throw new Error(`${first!.name} asks no teacher: leave --teacher out, or name a method that follows it`);
  const peer = recipe.needs.has('peer') ? await architectureOf(asked.peer) : undefined;
  const opened: { release(): Promise<void> }[] = [];
  const keep = <T extends { release(): Promise<void> }>(one: T): T => {
    opened.push(one);
    return one;
  };
  const release = async () => {
    await Promise.all(opened.map((one) => one.release()));
  };
  try {
    const teacher = teachers.length > 0 ? keep(await openAll(teachers, recipe, options)) : undefined;
    const shrink = views === size ? undefined : keep(await openResampler(views, size, threads));
    return {
      objective: distilled({
        ...options,
        recipe,
        ...(teacher && { teacher, validated: once(() => validated(teacher, options)) }),
        ...(peer && { peer: peer.network }),
        ...(shrink && { shrink: (images) => shrink.logits(images) }),
      }),
      initial: prefixed((options.scratch ? undefined : await peer?.pretrained?.()) ?? {}),
      rateOf: (name) =>
        (options.scratch ? undefined : peer?.recipe.transfer)?.rateOf(name.slice(PEER.length)) ?? 1,
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

const prefixed = (weights: Weights): Weights =>
  Object.fromEntries(Object.entries(weights).map(([name, values]) => [PEER + name, values]));

async function openAll(teachers: string[], recipe: DistilRecipe, options: LessonOptions): Promise<Teacher> {
  const maps = recipe.needs.has('maps');
  const teacher = await openTeacher(teachers, { ...options, maps });
  return options.plain && !maps && recipe.mixup === 0 ? remembering(teacher, options.views) : teacher;
}

/** What is asked for again and again, done the first time. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

/** How good the teacher is on the validation pictures. */
async function validated(teacher: Teacher, { classes, validation }: LessonOptions) {
  const asked: Pick<Predictor, 'logits'> = {
    logits: async (images) => (await teacher.answer(images)).logits,
  };
  const { logits, truths } = await predictAll(asked, validation());
  return {
    validationLoss: meanCrossEntropy(logits, truths, classes),
    balancedAccuracy: metricsOf(softmaxRows(logits, classes), truths).balancedAccuracy,
  };
}
