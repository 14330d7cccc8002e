/** The teacher: one trained classifier, or several whose logits are averaged. */
import { readFile } from 'node:fs/promises';
import type { Tensor } from 'onnxruntime-node';
import type { Shape } from '../../autograd/graph';
import { IMAGENET } from '../../data/augment';
import { readCard } from '../../nets/card';
import { decodeModel } from '../../onnx/decode';
import { encodeModel } from '../../onnx/encode';
import { Predictor } from '../predictor';
import { openResampler } from '../resample';
import { lastOfEachSize } from './maps';

export interface Answer {
  /** N×C, the caller's to change. */
  logits: Float32Array;
  /** The last feature map of each size, N×channels×height×width. */
  maps: Float32Array[];
}

export interface Teacher {
  /** Shapes of the maps it shows, without N; none unless asked for at its opening. */
  readonly maps: readonly Shape[];
  /** @param images N×3×S×S, normalised, of the views' size */
  answer(images: Float32Array): Promise<Answer>;
  release(): Promise<void>;
}

export interface TeacherOptions {
  /** Side of the pictures it will be given. One that takes smaller ones sees them shrunk. */
  views: number;
  /** That it must tell apart. */
  classes: number;
  /** Whether it shows its feature maps; only one alone can. */
  maps?: boolean;
  threads?: number;
}

/**
 * The side of the views that student and teachers share: the largest that any of them takes.
 * @throws Error naming the teacher whose card cannot be read
 */
export async function viewsFor(size: number, models: readonly string[]): Promise<number> {
  const cards = await Promise.all(models.map(readCard));
  return Math.max(size, ...cards.map(({ input }) => input.size));
}

/**
 * Opens the teachers.
 * @param models paths of .onnx files with their cards
 * @throws Error naming the model that cannot be loaded, is no classifier of these classes, or takes other pictures
 */
export async function openTeacher(models: readonly string[], options: TeacherOptions): Promise<Teacher> {
  if (options.maps && models.length > 1)
    throw new Error(`feature maps are compared with one teacher's; name one instead of ${models.length}`);
  const members: Teacher[] = [];
  const release = async () => {
    await Promise.all(members.map((member) => member.release()));
  };
  try {
    for (const model of models) members.push(await openMember(model, options));
  } catch (error) {
    await release();
    throw error;
  }
  return {
    maps: members[0]!.maps,
    async answer(images) {
      const first = await members[0]!.answer(images);
      for (const other of members.slice(1)) {
        const { logits } = await other.answer(images);
        for (let i = 0; i < logits.length; i++) first.logits[i]! += logits[i]!;
      }
      return { ...first, logits: first.logits.map((sum) => sum / members.length) };
    },
    release,
  };
}

async function openMember(model: string, options: TeacherOptions): Promise<Teacher> {
  const { views, threads } = options;
  const { input } = await readCard(model);
  if ([input.mean, input.std].some((three, k) => three.join() !== IMAGENET[k === 0 ? 'mean' : 'std'].join()))
    throw new Error(`the teacher ${model} takes pictures normalised in another way than the student's`);
  const predictor = await Predictor.open(model, input.size, threads);
  const opened = [predictor];
  const release = async () => {
    await Promise.all(opened.map((session) => session.release()));
  };
  try {
    await checkClasses(predictor, model, options.classes);
    const shown = options.maps
      ? await withMaps(model, input.size, threads)
      : { maps: [], network: predictor };
    if (shown.network !== predictor) opened.push(shown.network);
    const resampler = views === input.size ? undefined : await openResampler(views, input.size, threads);
    if (resampler) opened.push(resampler);
    return {
      maps: shown.maps,
      async answer(images) {
        const [logits, ...maps] = await shown.network.outputs(
          resampler ? await resampler.logits(images) : images,
        );
        return { logits: numbers(logits!).slice(), maps: maps.map(numbers) };
      },
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

const numbers = (tensor: Tensor): Float32Array => tensor.data as Float32Array;

/** Two pictures of nothing: enough to see what a model gives. */
const nothing = (size: number) => new Float32Array(2 * 3 * size * size);

async function checkClasses(predictor: Predictor, model: string, classes: number): Promise<void> {
  const outputs = await predictor.outputs(nothing(predictor.size)).catch((error: unknown) => {
    const why = (error as Error).message;
    throw new Error(`the teacher ${model} cannot be asked about a batch of pictures: ${why}`, {
      cause: error,
    });
  });
  const { dims, type } = outputs[0]!;
  if (type !== 'float32' || dims.length !== 2 || dims[0] !== 2)
    throw new Error(
      `the teacher ${model} is not a classifier: of 2 pictures it gives ${dims.join('×')} numbers (${type})`,
    );
  if (dims[1] !== classes)
    throw new Error(`the teacher ${model} tells ${dims[1]} classes apart, the student ${classes}`);
}

/** The same model giving its feature maps too: all it computes is looked at once, to find them. */
async function withMaps(model: string, size: number, threads = 0) {
  const decoded = decodeModel(await readFile(model));
  const given = new Set(decoded.outputs.map(({ name }) => name));
  const inner = decoded.nodes
    .flatMap(({ outputs }) => outputs.slice(0, 1))
    .filter((name) => !given.has(name));
  const open = async (more: readonly string[]) =>
    Predictor.open(encodeModel({ ...decoded, outputs: decoded.outputs.slice(0, 1) }, more), size, threads);
  const curious = await open(inner);
  const all = (await curious.outputs(nothing(size)))
    .slice(1)
    .map(({ dims, type }, i) => ({ name: inner[i]!, dims, type }));
  await curious.release();
  const found = lastOfEachSize(
    all.filter(({ dims, type }) => type === 'float32' && dims[0] === 2),
    ({ dims }) => dims,
  );
  if (found.length === 0) throw new Error(`the teacher ${model} has no feature maps to compare`);
  return {
    maps: found.map(({ dims }) => dims.slice(1)),
    network: await open(found.map(({ name }) => name)),
  };
}
