/** A trained student rewritten to eight bits, measured, and kept or dropped. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { judge, makeEightBit } from '../../src-main/learn/eight-bit';
import { train } from '../../src-main/learn/train';
import { eightBitPath, readCard } from '../../src-main/nets/card';
import { openClassifier } from '../../src-main/watch/classifier';
import { difference } from '../../src-main/watch/self-test';
import { randomCrops } from '../watch/models';
import { drawFaces } from './drawn-faces';
import { quickTraining } from './quick-training';

/** Crops a second over a few calls: enough to tell the forms apart here. */
async function speedOf(path: string): Promise<number> {
  const classifier = await openClassifier({ model: path, provider: 'cpu' });
  const crops = randomCrops(16, 32);
  await classifier.classify(crops, 16);
  const start = performance.now();
  for (let i = 0; i < 10; i++) await classifier.classify(crops, 16);
  const seconds = (performance.now() - start) / 1000;
  await classifier.close();
  return 160 / seconds;
}

let folder: string;
let data: string[];
let model: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-'));
  data = [await drawFaces(join(folder, 'drawn'), 20)];
  model = (await train(quickTraining({ data, out: join(folder, 'run') }))).model;
});
afterAll(() => rm(folder, { recursive: true }));

test('both forms are measured, and the file is there exactly when it is kept', async () => {
  const out = eightBitPath(model);
  const before = await readFile(model);
  const result = await makeEightBit({ model, data, out, pictures: 16, speedOf, say: () => undefined });
  expect(result).toMatchObject(judge(result.float, result.eightBit));
  expect(existsSync(out)).toBe(result.kept);
  expect(await readFile(model)).toEqual(before);
  const measured = (await readCard(model)).metrics.find(({ split }) => split === 'test')!;
  expect(result.n).toBe(measured.n);
  expect(result.float.balancedAccuracy).toBeCloseTo(measured.balancedAccuracy, 3);
  if (!result.kept) return; // Whether it is faster is this machine's affair.
  const { eightBit } = await readCard(out);
  expect(eightBit).toMatchObject({ from: 'student.onnx', calibratedOn: result.calibratedOn });
  expect(eightBit!.speedup).toBe(result.eightBit.cropsPerSecond / result.float.cropsPerSecond);
  const crops = randomCrops(8, 32);
  const answers = [];
  for (const path of [model, out]) {
    const classifier = await openClassifier({ model: path, provider: 'cpu' });
    answers.push(await classifier.classify(crops, 8));
    await classifier.close();
  }
  expect(difference(answers[0]!, answers[1]!)).toBeLessThan(0.15);
});

test('the float model is never overwritten', async () => {
  await expect(
    makeEightBit({ model, data, out: model, pictures: 16, speedOf, say: () => undefined }),
  ).rejects.toThrow('is the float model itself');
});

test('kept when it loses less than half a point and is faster, dropped otherwise', () => {
  const float = { balancedAccuracy: 0.92, cropsPerSecond: 1000 };
  const kept = (balancedAccuracy: number, cropsPerSecond: number) =>
    judge(float, { balancedAccuracy, cropsPerSecond });
  expect(kept(0.916, 1500).kept).toBe(true);
  expect(kept(0.93, 1500).kept).toBe(true);
  expect(kept(0.914, 1500)).toMatchObject({ kept: false, reason: expect.stringContaining('loses too much') });
  expect(kept(0.92, 1000)).toMatchObject({ kept: false, reason: expect.stringContaining('not faster') });
  expect(kept(Number.NaN, 1500).kept).toBe(false);
});
