/** The baselines as runs: from folders of drawn faces to a folder like a network's. Haar where its parts are. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as v from 'valibot';
import { IMAGENET } from '../../../src-main/data/augment';
import { Loader } from '../../../src-main/data/loader';
import { BASELINES, openPredictor } from '../../../src-main/learn/baselines';
import { readCascades } from '../../../src-main/learn/baselines/cascades';
import { classOf } from '../../../src-main/learn/baselines/haar';
import { HaarCascades, lumaOf } from '../../../src-main/learn/baselines/haar';
import { chooseThresholds } from '../../../src-main/learn/baselines/haar-run';
import { openCv } from '../../../src-main/learn/baselines/opencv';
import { readPredictions } from '../../../src-main/learn/predictions';
import { runFactsSchema } from '../../../src-main/learn/run-facts';
import { openFolders, predictAll } from '../../../src-main/learn/sets';
import { openClassifier } from '../../../src-main/watch/classifier';
import { readCard } from '../../../src-main/nets/card';
import { drawFaces } from '../drawn-faces';
import { quickTraining } from '../quick-training';

const why = await openCv()
  .then(() => readCascades())
  .then(() => null)
  .catch((error: unknown) => (error as Error).message);
if (why !== null) console.warn(`the Haar baseline is not tested here: ${why}`);

let folder: string;
let data: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-'));
  data = await drawFaces(join(folder, 'drawn'), 40);
});
afterAll(() => rm(folder, { recursive: true }));

const options = (out: string, more: object = {}) => ({
  ...quickTraining({ data: [data], out: join(folder, out) }),
  about: {},
  images: 0,
  ...more,
});

/** What a model answers to pictures when it is opened anew, as `evaluate` does. */
async function answersOf(model: string, dir: string) {
  const { input } = await readCard(model);
  const predictor = await openPredictor(model, input.size);
  const loader = new Loader({ size: input.size, batch: 8, seed: 0, normalisation: IMAGENET, cache: 0 });
  try {
    return await predictAll(
      predictor,
      loader.plain(await openFolders([dir], { split: 'test', complete: false })),
    );
  } finally {
    await loader.close();
    await predictor.release();
  }
}

describe('random forest', () => {
  test('learns drawn faces, and leaves what a network leaves', async () => {
    const { model, card, history } = await BASELINES['random-forest']!(options('forest'));
    expect(history).toEqual([]);
    const tested = card.metrics.find(({ split }) => split === 'test')!;
    expect(tested.balancedAccuracy).toBeGreaterThan(0.8);
    expect(await readCard(model)).toEqual(card);
    const facts = v.parse(
      runFactsSchema,
      JSON.parse(await readFile(join(folder, 'forest', 'run.json'), 'utf8')),
    );
    expect(facts).toMatchObject({ network: 'random-forest', host: { provider: 'javascript' } });
    // Four views of each.
    expect(facts.training.images).toBe(4 * card.data[0]!.images);
    const predictions = await readPredictions(join(folder, 'forest'));
    expect(predictions.filter(({ split }) => split === 'test')).toHaveLength(tested.n);

    const { truths } = await answersOf(model, data);
    expect(truths).toHaveLength(tested.n);
  });
  test('is watched with like a network', async () => {
    const classifier = await openClassifier({
      model: join(folder, 'forest', 'random-forest.onnx'),
      provider: 'cpu',
      threads: 1,
    });
    const [answer] = await classifier.classify(new Uint8Array(64 * 64 * 3).fill(128), 1);
    await classifier.close();
    expect(answer!.correct + answer!.incorrect + answer!.none).toBeCloseTo(1, 5);
  });
  test('grows from as many images as it is told to', async () => {
    const { card } = await BASELINES['random-forest']!(options('few', { images: 30 }));
    expect(card.data).toEqual([expect.objectContaining({ images: 30 })]);
  });
});

describe('the Haar rule', () => {
  const thresholds = { nose: 4, mouth: 6 };
  test.each([
    [{ nose: 0, mouth: 6 }, 'none'],
    [{ nose: 9, mouth: 9 }, 'none'],
    [{ nose: 4, mouth: 5 }, 'incorrect'],
    [{ nose: 3, mouth: 5 }, 'correct'],
  ])('%o is %s', (votes, name) => {
    expect(classOf(votes, thresholds)).toBe(name);
  });
  test('thresholds are those that tell validation pictures apart best', () => {
    const votes = [
      { nose: 1, mouth: 5 },
      { nose: 7, mouth: 5 },
      { nose: 9, mouth: 13 },
    ];
    const samples = [{ label: 0 }, { label: 1 }, { label: 2 }] as const;
    const chosen = chooseThresholds(votes, samples);
    expect(votes.map((each) => classOf(each, chosen))).toEqual(['correct', 'incorrect', 'none']);
  });
  test('a folder without cascades is named, with what is missing and where to get it', async () => {
    await expect(readCascades(folder)).rejects.toThrow(
      /needs haarcascade_frontalface_alt2.xml and .*mcs_nose.xml.* not found in .*: `npm i .*--cascades/,
    );
  });
});

describe.skipIf(why !== null)('Haar cascades', () => {
  test('run over drawn faces and leave what a network leaves, which can be asked again', async () => {
    const { model, card } = await BASELINES['haar']!(options('haar'));
    const tested = card.metrics.find(({ split }) => split === 'test')!;
    expect(tested.n).toBeGreaterThan(0);
    const { logits, truths } = await answersOf(model, data);
    let right = 0;
    truths.forEach((truth, i) => (right += logits[3 * i + truth] === 4 ? 1 : 0));
    expect(right / truths.length).toBeCloseTo(tested.accuracy, 3);
    await writeFile(model, '{}');
    await expect(openPredictor(model, 160)).rejects.toThrow(`cannot load ${model}`);
  });
  test('OpenCV makes no failure of the process its own', async () => {
    await openCv();
    const listeners = process.listeners('unhandledRejection').map(String);
    expect(listeners.filter((text) => text.includes('abort'))).toEqual([]);
  });
  test('give no votes for a picture without a face', async () => {
    const cascades = await HaarCascades.open(await readCascades());
    expect(cascades.votes(lumaOf(new Float32Array(3 * 160 * 160), 0))).toEqual({ nose: 0, mouth: 0 });
    cascades.close();
  });
});
