/** A student taught by a real, trained network, on drawn faces. */
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { combine, readMethod } from '../../../src-main/learn/distil/methods';
import { train, type TrainOptions } from '../../../src-main/learn/train';
import { drawFaces } from '../drawn-faces';
import { quickTraining } from '../quick-training';

let folder: string;
let teacher: string;
let data: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-distil-'));
  data = await drawFaces(join(folder, 'drawn'), 40);
  const learned = await train(
    quickTraining({ data: [data], out: join(folder, 'teacher'), epochs: 8, images: 240 }),
  );
  teacher = learned.model;
});
afterAll(() => rm(folder, { recursive: true }));

/** The same faces in the wrong folders: each class's pictures under the next class's name. */
async function mislabelled(): Promise<string> {
  const wrong = await drawFaces(join(folder, 'wrong'), 40);
  const names = ['correct', 'incorrect', 'none'];
  for (const name of names) await rename(join(wrong, name), join(wrong, `was-${name}`));
  for (const [i, name] of names.entries())
    await rename(join(wrong, `was-${name}`), join(wrong, names[(i + 1) % 3]!));
  return wrong;
}

const distil = (methods: string[], more: Partial<TrainOptions> & Pick<TrainOptions, 'data' | 'out'>) =>
  train(
    quickTraining({
      epochs: 8,
      images: 240,
      distil: { teachers: [teacher], recipe: combine(methods.map(readMethod)) },
      ...more,
    }),
  );

describe('distillation', () => {
  test('a student follows its teacher where the labels are wrong', async () => {
    const wrong = await mislabelled();
    const right = { unseen: [data] };
    const taught = await distil(['vanilla:w=1'], { data: [wrong], out: join(folder, 'taught'), ...right });
    const misled = await distil(['vanilla:w=0'], { data: [wrong], out: join(folder, 'misled'), ...right });
    const accuracy = ({ card }: typeof taught) =>
      card.metrics.find(({ split }) => split === 'unseen')!.accuracy;
    expect(accuracy(taught)).toBeGreaterThan(0.75);
    expect(accuracy(misled)).toBeLessThan(0.25);
  });
  test('a teacher that takes other pictures is named', async () => {
    await expect(distil(['vanilla'], { data: [data], size: 48, out: join(folder, 'other') })).rejects.toThrow(
      `the teacher ${teacher} takes pictures of 32 pixels, the student of 48`,
    );
  });
  test('a teacher that is not there is named', async () => {
    const nowhere = join(folder, 'nowhere.onnx');
    await expect(
      train(
        quickTraining({
          data: [data],
          out: join(folder, 'x'),
          distil: { teachers: [nowhere], recipe: combine([]) },
        }),
      ),
    ).rejects.toThrow(join(folder, 'nowhere.json'));
  });
});
