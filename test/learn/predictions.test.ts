/** What a run's folder holds beside the model: enough to report on it without running it again. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as v from 'valibot';
import { MASK_CLASSES } from '../../src-main/api';
import { metricsOf } from '../../src-main/learn/metrics';
import { predictionsIn, readPredictions } from '../../src-main/learn/predictions';
import { runFactsSchema } from '../../src-main/learn/run-facts';
import type { TrainResult } from '../../src-main/learn/train-options';
import { train } from '../../src-main/learn/train';
import { drawFaces } from './drawn-faces';
import { quickTraining } from './quick-training';

let folder: string;
let out: string;
let result: TrainResult;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-'));
  out = join(folder, 'run');
  result = await train(
    quickTraining({
      data: [await drawFaces(join(folder, 'drawn'), 20)],
      unseen: [await drawFaces(join(folder, 'others'), 4, 2)],
      out,
    }),
  );
});
afterAll(() => rm(folder, { recursive: true }));

test('a prediction for every picture measured, that give the card’s figures again', async () => {
  const predictions = await readPredictions(out);
  for (const split of ['validation', 'test', 'unseen'] as const) {
    const of = predictions.filter((prediction) => prediction.split === split);
    const metrics = metricsOf(
      Float32Array.from(of.flatMap(({ probabilities }) => probabilities)),
      of.map(({ truth }) => MASK_CLASSES.indexOf(truth)),
    );
    const card = result.card.metrics.find((entry) => entry.split === split)!;
    expect(metrics.confusion).toEqual(card.confusion);
    expect(metrics.ece).toBeCloseTo(card.ece, 2);
  }
  const unseen = predictions.filter(({ split }) => split === 'unseen');
  expect(unseen).toHaveLength(12);
  for (const { file, truth, set } of unseen) {
    expect(file).toContain(join(folder, 'others', truth));
    expect(set).toBe('others');
  }
});

test('facts of the run: how much was trained on, how long, and where', async () => {
  const facts = v.parse(runFactsSchema, JSON.parse(await readFile(join(out, 'run.json'), 'utf8')));
  expect(facts).toMatchObject({ network: 'student', model: 'student.onnx', finished: true, size: 32 });
  expect(facts.parameters).toBe(result.card.parameters);
  expect(facts.training.images).toBe(2 * 64);
  const seconds = result.history.reduce((sum, epoch) => sum + epoch.seconds, 0);
  expect(facts.training.imagesPerSecond).toBeCloseTo(128 / seconds, 0);
  expect(facts.host.cores).toBeGreaterThan(0);
  expect(JSON.parse(await readFile(join(out, 'history.json'), 'utf8'))).toEqual(result.history);
});

test('a damaged file is named, with its line', async () => {
  const path = predictionsIn(out);
  const whole = await readFile(path, 'utf8');
  await writeFile(path, whole.replace('\n', '\n{"file":"x"}\n'));
  await expect(readPredictions(out)).rejects.toThrow(`${path} is damaged: line 2 is not a prediction`);
});
