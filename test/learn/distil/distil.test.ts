/** Students taught by a real, trained network, on drawn faces. */
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MASK_CLASSES } from '../../../src-main/api';
import {
  averagePool,
  conv2d,
  flatten,
  globalAveragePool,
  linear,
} from '../../../src-main/autograd/functions';
import { Graph, type Value } from '../../../src-main/autograd/graph';
import { combine, readMethod } from '../../../src-main/learn/distil/methods';
import { train } from '../../../src-main/learn/train';
import type { TrainOptions } from '../../../src-main/learn/train-options';
import { type ModelCard, readCard } from '../../../src-main/nets/card';
import { encodeModel } from '../../../src-main/onnx/encode';
import { drawFaces } from '../drawn-faces';
import { quickTraining } from '../quick-training';

/** Small enough for a run of a second. */
const SMALL = 'student-16x0-32x0-64x0';

let folder: string;
let teacher: string;
let data: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-distil-'));
  data = await drawFaces(join(folder, 'drawn'), 40);
  const learned = await train(
    quickTraining({
      arch: 'student-16x0-32x0-64x1',
      data: [data],
      out: join(folder, 'teacher'),
      rate: 5e-3,
      epochs: 8,
      images: 240,
    }),
  );
  teacher = learned.model;
});
afterAll(() => rm(folder, { recursive: true }));

/** The same faces in the wrong folders, each class under the next one's name. */
async function mislabelled(): Promise<string> {
  const drawn = await drawFaces(join(folder, 'drawn again'), 40);
  const wrong = join(folder, 'wrong');
  await mkdir(wrong);
  for (const [i, name] of MASK_CLASSES.entries())
    await rename(join(drawn, name), join(wrong, MASK_CLASSES[(i + 1) % 3]!));
  return wrong;
}

let runs = 0;
const distil = (methods: string[], more: Partial<TrainOptions> = {}, teachers = [teacher], peer = SMALL) =>
  train(
    quickTraining({
      arch: SMALL,
      data: [data],
      out: join(folder, `run${runs++}`),
      rate: 5e-3,
      distil: { teachers, peer, recipe: combine(methods.map(readMethod)) },
      ...more,
    }),
  );
const last = ({ history }: Awaited<ReturnType<typeof distil>>) => history.at(-1)!;

describe('distillation', () => {
  test('a student follows its teacher where the labels are wrong', async () => {
    const wrong = await mislabelled();
    const long = { data: [wrong], unseen: [data], epochs: 6, images: 240 };
    const taught = await distil(['vanilla:w=1'], long);
    const misled = await distil(['vanilla:w=0'], long);
    const accuracy = ({ card }: typeof taught) =>
      card.metrics.find(({ split }) => split === 'unseen')!.accuracy;
    expect(accuracy(taught)).toBeGreaterThan(0.5);
    expect(accuracy(misled)).toBeLessThan(0.25);
    expect(last(misled).trainAccuracy - last(taught).trainAccuracy).toBeGreaterThan(0.5);
    // The teacher's own figures stand beside: these labels it does not share.
    expect(last(taught).teacher).toMatchObject({ trainAccuracy: expect.closeTo(0, 0) });
    expect(last(taught).losses).toMatchObject({
      labels: 0,
      teacher: expect.any(Number),
      "teacher's, training": last(taught).teacher!.trainLoss,
    });
  });
  test('without a share of labels flipped, messy is vanilla to the byte; with one it is not', async () => {
    const models = [['vanilla'], ['messy:fraction=0'], ['messy:fraction=0.5']].map(async (methods) =>
      readFile((await distil(methods, { epochs: 1 })).model),
    );
    const [vanilla, none, half] = await Promise.all(models);
    expect(none).toEqual(vanilla);
    expect(half).not.toEqual(vanilla);
  });
  test('attention makes maps alike', async () => {
    const told = async (beta: number) =>
      last(await distil([`attention:beta=${beta}`], { epochs: 3, images: 160 })).losses!['attention']! / beta;
    expect(await told(1000)).toBeLessThan((await told(0.001)) / 2);
  });
  test("relations of pictures become the teacher's", async () => {
    const told = async (methods: string, distance: number) =>
      last(await distil([methods], { epochs: 4, images: 160 })).losses!['distance']! / distance;
    const left = await told('relational:distance=0.001,angle=0.001', 0.001);
    expect(await told('relational', 25)).toBeLessThan(0.75 * left);
  });
  test('two that learn together come to agree, and the student leaves alone', async () => {
    const alone = (await distil(['labels'], { epochs: 1, images: 16 }, [])).card.parameters;
    const told = async (w: number) => {
      const run = await distil([`mutual:w=${w}`], { epochs: 3, images: 160 }, [], 'student-16x0-24x0');
      expect(run.card.parameters).toBe(alone);
      return last(run).losses!['peer']! / w;
    };
    expect(await told(10)).toBeLessThan(0.8 * (await told(0.001)));
  });
  test('a teacher of larger or smaller pictures sees the same views at its own size', async () => {
    const small = await distil(['vanilla'], { size: 24, epochs: 6, images: 240 });
    expect(small.card.input.size).toBe(24);
    expect(last(small).teacher!.trainAccuracy).toBeGreaterThan(0.8);
    expect(small.card.metrics.find(({ split }) => split === 'test')!.balancedAccuracy).toBeGreaterThan(0.7);
    const larger = await distil(['attention'], { size: 40, epochs: 1 });
    expect(larger.card.input.size).toBe(40);
  });
  test('without augmentation the student learns from the pictures as they are', async () => {
    const plain = await distil(['vanilla'], { plain: true });
    expect(last(plain).losses!['teacher']).toBeLessThan(plain.history[0]!.losses!['teacher']!);
  });
});

/** A model made for the occasion, with the teacher's card but for what is given. */
async function model(name: string, build: (images: Value) => Value, card: Partial<ModelCard> = {}) {
  const graph = new Graph();
  const file = join(folder, `${name}.onnx`);
  await writeFile(file, encodeModel(graph.toModel({ y: build(graph.input('x', [1, 3, 32, 32])) }, true)));
  await writeFile(join(folder, `${name}.json`), JSON.stringify({ ...(await readCard(teacher)), ...card }));
  return file;
}
const dense = (x: Value, classes: number) =>
  linear(
    flatten(globalAveragePool(x)),
    x.graph.constant(new Float32Array(classes * x.shape[1]!), [classes, x.shape[1]!]),
    x.graph.constant(new Float32Array(classes), [classes]),
  );
const wide = (x: Value) => conv2d(x, x.graph.constant(new Float32Array(12), [4, 3, 1, 1]));

describe('a teacher that does not fit is named, before the data are read', () => {
  const refused = (methods: string[], teachers: string[]) =>
    expect(distil(methods, { data: [join(folder, 'nowhere')] }, teachers)).rejects;
  test('it is not there', () =>
    refused([], [join(folder, 'nowhere.onnx')]).toThrow(join(folder, 'nowhere.json')));
  test('it is no model', async () => {
    const file = await model('text', (x) => x);
    await writeFile(file, 'text');
    await refused([], [file]).toThrow(`cannot load ${file}`);
  });
  test('it is no classifier', async () => {
    const file = await model('detector', (x) => averagePool(x, 8));
    await refused([], [file]).toThrow(
      `the teacher ${file} is not a classifier: of 2 pictures it gives 2×3×4×4`,
    );
  });
  test('it tells other classes apart', async () => {
    const file = await model('two', (x) => dense(x, 2));
    await refused([], [file]).toThrow(`the teacher ${file} tells 2 classes apart, the student 3`);
  });
  test('its pictures are normalised otherwise', async () => {
    const { input } = await readCard(teacher);
    const file = await model('grey', (x) => dense(x, 3), { input: { ...input, mean: [0, 0, 0] } });
    await refused([], [file]).toThrow(`the teacher ${file} takes pictures normalised in another way`);
  });
  test('it takes pictures of another size than its card says', async () => {
    const { input } = await readCard(teacher);
    const file = await model('sizes', (x) => dense(x, 3), { input: { ...input, size: 40 } });
    await refused([], [file]).toThrow(`the teacher ${file} cannot be asked about a batch of pictures`);
  });
  test('it has no feature maps', async () => {
    const file = await model('maps', (x) => dense(x, 3));
    await refused(['attention'], [file]).toThrow(`the teacher ${file} has no feature maps to compare`);
  });
  test('there are several, and feature maps to compare', () =>
    refused(['attention'], [teacher, teacher]).toThrow("feature maps are compared with one teacher's"));
  test('it is not asked', () => refused(['mutual'], [teacher]).toThrow('mutual asks no teacher'));
  test('there is none', () => refused(['vanilla'], []).toThrow('distillation needs a teacher'));
  test('its feature maps have other sizes, which is seen as the step is built', async () => {
    const file = await model('wide', (x) => dense(wide(x), 3));
    await expect(distil(['attention'], {}, [file])).rejects.toThrow(
      'no feature maps of about one size: 16, 8, 4 and 32 wide',
    );
  });
});
