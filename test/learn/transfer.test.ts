/** Transfer learning on drawn faces: the new head first, then the whole; and how a run is told to learn and to end. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { initialWeights, inventory } from '../../src-main/autograd/scope';
import { readCheckpoint, writeCheckpoint } from '../../src-main/learn/checkpoint';
import { bestWeightsOf } from '../../src-main/learn/progress';
import type { TrainOptions } from '../../src-main/learn/train-options';
import { train } from '../../src-main/learn/train';
import { rejectDifference, verifiedExport } from '../../src-main/learn/verify-export';
import { architectureOf } from '../../src-main/nets';
import { mobilenetV2 } from '../../src-main/nets/mobilenet-v2';
import { seeded } from '../../src-main/random';
import { drawFaces } from './drawn-faces';
import { quickTraining } from './quick-training';

/** Seconds on a quiet machine. */
const PATIENCE = 400_000;

let folder: string;
let data: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-'));
  data = await drawFaces(join(folder, 'drawn'), 20);
});
afterAll(() => rm(folder, { recursive: true }));

const options = (name: string, more: Partial<TrainOptions> = {}) =>
  quickTraining({ data: [data], out: join(folder, name), images: 48, ...more });

describe('a pretrained network', { timeout: PATIENCE }, () => {
  let model: string;
  beforeAll(async () => {
    ({ model } = await train(options('first', { epochs: 1 })));
  }, PATIENCE);

  test('learns with its new head alone first, then as a whole', async () => {
    const { weights } = await pretrained(model);
    const seen: number[] = [];
    const transfer = options('transfer', { arch: model, epochs: 3 });
    const { history } = await train({
      ...transfer,
      report: { ...transfer.report, onEpoch: ({ epoch }) => seen.push(epoch) },
    });
    expect(seen).toEqual([0, 1, 2]);
    expect(history.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
    expect(history.some(({ best }) => best)).toBe(true);
    const head = await bestWeightsOf(join(folder, 'transfer', 'head'));
    const whole = await bestWeightsOf(join(folder, 'transfer'));
    const trunk = Object.keys(weights);
    expect(trunk.length).toBeGreaterThan(5);
    for (const name of trunk) expect(head[name], name).toEqual(weights[name]);
    expect(trunk.filter((name) => whole[name]!.every((x, i) => x === weights[name]![i]))).toEqual([]);
  });

  test('stopped in either part it goes on to the same model', async () => {
    const whole = await train(options('whole', { arch: model, epochs: 3, headEpochs: 2 }));
    const broken = options('broken', { arch: model, epochs: 3, headEpochs: 2 });
    for (const at of [1, 2]) {
      const stop = new AbortController();
      const onStep: TrainOptions['report']['onStep'] = ({ epoch, step }) =>
        epoch === at && step === 2 ? stop.abort() : undefined;
      const part = await train({
        ...{ ...broken, resume: at === 2, signal: stop.signal },
        report: { ...broken.report, onStep },
      });
      expect(part.finished).toBe(false);
      expect(part.history).toHaveLength(at);
    }
    const resumed = await train({ ...broken, resume: true });
    expect(resumed.finished).toBe(true);
    expect(await readFile(resumed.model)).toEqual(await readFile(whole.model));
    expect(resumed.history.map(({ trainLoss }) => trainLoss)).toEqual(
      whole.history.map(({ trainLoss }) => trainLoss),
    );
  });

  test('is MobileNetV2 as npm has it, where --scratch does not ask for random weights', async () => {
    const small = { arch: 'mobilenet_v2', epochs: 2, batch: 8, images: 16 };
    await train(options('mobilenet', small));
    const { weights } = await pretrained('mobilenet_v2');
    const head = await bestWeightsOf(join(folder, 'mobilenet', 'head'));
    expect(head['features.0.0.weight']).toEqual(weights['features.0.0.weight']);
    await train(options('scratch', { ...small, epochs: 1, scratch: true }));
    await expect(bestWeightsOf(join(folder, 'scratch', 'head'))).rejects.toThrow('holds no finished epoch');
  });

  const pretrained = async (file: string) => {
    const { pretrained: read } = await architectureOf(file);
    return { weights: await read!() };
  };
});

describe('how it learns', { timeout: PATIENCE }, () => {
  test('ends when it has not become better for as long as its patience', async () => {
    const { history, finished } = await train(options('patience', { epochs: 40, patience: 2, rate: 0.2 }));
    expect(finished).toBe(true);
    expect(history.length).toBeLessThan(40);
    expect(history.length - 1 - history.findLastIndex(({ best }) => best)).toBe(2);
  });

  test.each(['step', 'one-cycle', 'constant'] as const)(
    'by Nesterov’s momentum, with the schedule %s',
    async (schedule) => {
      const { history } = await train(options(`sgd-${schedule}`, { epochs: 3, optimiser: 'sgd', schedule }));
      expect(history.at(-1)!.trainLoss).toBeLessThan(history[0]!.trainLoss);
      const [first, , last] = history.map(({ rate }) => rate) as [number, number, number];
      if (schedule === 'constant') expect(last).toBe(first);
      else expect(last).toBeLessThan(first / 10);
    },
  );

  test('another optimiser’s checkpoint is refused by name, and another network’s of the same size', async () => {
    const path = join(folder, 'other', 'checkpoint.bin');
    await train(options('other', { epochs: 1, optimiser: 'sgd' }));
    await expect(train(options('other', { epochs: 2, resume: true }))).rejects.toThrow(
      `cannot go on from ${path}: the checkpoint does not fit`,
    );
    const { meta, vectors } = await readCheckpoint(path);
    await writeCheckpoint(path, { ...(meta as object), network: 'another one' }, vectors);
    await expect(train(options('other', { epochs: 2, optimiser: 'sgd', resume: true }))).rejects.toThrow(
      'its layers are others',
    );
  });

  test('numbers that are none end it, named, and the checkpoint stays', async () => {
    const run = options('nan', { epochs: 1 });
    await train(run);
    const before = await readFile(join(run.out, 'checkpoint.bin'));
    const further = { ...run, epochs: 3, resume: true, rate: 1e30, schedule: 'constant' as const };
    await expect(train(further)).rejects.toThrow(
      /^the (validation )?loss became (NaN|-?Infinity).*lower the learning rate/,
    );
    expect((await readFile(join(run.out, 'checkpoint.bin'))).equals(before)).toBe(true);
  });
});

describe('an export', { timeout: PATIENCE }, () => {
  test('answers as the network that was trained', async () => {
    const network = mobilenetV2();
    const weights = initialWeights(inventory(network, 48), seeded(1));
    const bytes = await verifiedExport(network, 48, weights, 'a.onnx');
    expect(bytes.length).toBeGreaterThan(8e6);
  });
  test('that answers otherwise is not written, and named', () => {
    const apart = (got: number[]) => () =>
      rejectDifference(Float32Array.from(got), Float32Array.of(1, -200), 'a.onnx');
    expect(apart([1.00005, -200.01])).not.toThrow();
    expect(apart([1.0002, -200])).toThrow('a.onnx was not written: exported, the network answers otherwise');
    expect(apart([NaN, -200])).toThrow('a.onnx was not written');
  });
});
