/** Training from folders to a model, on drawn faces: it learns, repeats, stops, resumes and says what is wrong. */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCheckpoint, writeCheckpoint } from '../../src-main/learn/checkpoint';
import type { TrainOptions } from '../../src-main/learn/train-options';
import { train } from '../../src-main/learn/train';
import { readCard } from '../../src-main/nets/card';
import { drawFaces } from './drawn-faces';
import { quickTraining } from './quick-training';

let folder: string;
let data: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-'));
  data = await drawFaces(join(folder, 'drawn'), 40);
});
afterAll(() => rm(folder, { recursive: true }));

const options = (more: Partial<TrainOptions>) =>
  quickTraining({ data: [data], out: join(folder, 'out'), ...more });

describe('training', () => {
  test('learns drawn faces and writes a model with its card', async () => {
    const { model, card, history } = await train(
      options({ out: join(folder, 'learns'), epochs: 8, images: 240 }),
    );
    expect(history.at(-1)!.trainLoss).toBeLessThan(history[0]!.trainLoss);
    const tested = card.metrics.find(({ split }) => split === 'test')!;
    expect(tested.balancedAccuracy).toBeGreaterThan(0.8);
    expect(await readCard(model)).toEqual(card);
    expect(card.data).toEqual([
      { set: 'drawn', images: expect.any(Number), licence: 'CC0', use: 'training' },
    ]);
    const counted = ['validation', 'test'].map((split) => card.metrics.find((m) => m.split === split)!.n);
    expect(card.data[0]!.images + counted[0]! + counted[1]!).toBe(120);
  });
  test('stopped and resumed it ends with the same bytes as an unbroken run', async () => {
    const whole = await train(options({ out: join(folder, 'whole'), epochs: 3 }));
    const stop = new AbortController();
    const broken = options({ out: join(folder, 'broken'), epochs: 3 });
    const half = await train({
      ...broken,
      signal: stop.signal,
      report: {
        ...broken.report,
        onStep: ({ epoch, step }) => (epoch === 1 && step === 2 ? stop.abort() : undefined),
      },
    });
    expect(half.finished).toBe(false);
    expect(half.history).toHaveLength(1);
    const resumed = await train({ ...broken, resume: true });
    expect(resumed.finished).toBe(true);
    expect(await readFile(resumed.model)).toEqual(await readFile(whole.model));
  });
  test('begun from an earlier run it goes on from that run’s best weights', async () => {
    const from = join(folder, 'learns');
    const { history } = await train(options({ out: join(folder, 'further'), from, epochs: 1 }));
    const before = (await readCheckpoint(join(from, 'checkpoint.bin'))).meta as {
      history: { trainLoss: number }[];
    };
    expect(history[0]!.trainLoss).toBeLessThan(before.history[0]!.trainLoss / 2);
    await expect(train(options({ from: join(folder, 'nowhere') }))).rejects.toThrow(
      'holds no finished epoch',
    );
  });
  test('another network’s checkpoint is refused by what differs', async () => {
    const out = join(folder, 'foreign');
    await mkdir(out);
    await writeCheckpoint(
      join(out, 'checkpoint.bin'),
      { step: 1, history: [] },
      { 'state/parameters0': new Float32Array(2) },
    );
    await expect(train(options({ out, resume: true }))).rejects.toThrow(
      'the checkpoint does not fit this network',
    );
  });
});

describe('bad data', () => {
  test('a folder that is not there', () =>
    expect(train(options({ data: [join(folder, 'nowhere')] }))).rejects.toThrow(
      `there is no folder ${join(folder, 'nowhere')}`,
    ));
  test('a missing class', async () => {
    const two = join(folder, 'two');
    await cp(join(data, 'correct'), join(two, 'correct'), { recursive: true });
    await cp(join(data, 'none'), join(two, 'none'), { recursive: true });
    await expect(train(options({ data: [two] }))).rejects.toThrow('no image of class incorrect');
  });
  test('an image that cannot be read', async () => {
    const bad = join(folder, 'bad');
    await cp(data, bad, { recursive: true });
    await writeFile(join(bad, 'none', 'none1.png'), 'not an image');
    await expect(train(options({ data: [bad] }))).rejects.toThrow(join(bad, 'none', 'none1.png'));
  });
});
