/**
 * Whole pictures for the comparison of both pipelines, over real SQLite, files and networks: drawn by chance, kept only where
 * that was chosen, proposed from both, marked, compared on, and gone when faces are.
 */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DeskEvent, MarkedFace, Sample, Settings } from '../../src-main/api';
import { Detector } from '../../src-main/detect/detector';
import { iou, type Box } from '../../src-main/geometry';
import { proposed, type BothLooks } from '../../src-main/review/both-ways';
import { ENOUGH } from '../../src-main/review/comparison';
import { ReviewDesk } from '../../src-main/review/desk';
import { MOST_FRAMES } from '../../src-main/review/frame-store';
import { openDatabase, type Db } from '../../src-main/store/database';
import { DEFAULT_SETTINGS } from '../../src-main/store/settings';
import { readEvidence } from '../../src-main/watch/auto';
import { openClassifier, type Classifier } from '../../src-main/watch/classifier';
import { constantDetector } from '../detect/constant-model';
import { colourModel, testCard, writeModel } from '../watch/models';

const SIDE = 192;
/** Where the constant detector sees a face worn incorrectly in a square picture of this side. */
const SEEN: Box = [48, 16, 64, 64];
/** A colour that the classifier takes for the class. */
const COLOURS = { correct: [255, 0, 0], incorrect: [0, 255, 0], none: [0, 0, 255] } as const;

let folder: string;
let db: Db;
let privacy: Settings['privacy'];
let desk: ReviewDesk;
let events: DeskEvent[];
let classifier: Classifier;
let detector: string;
let compared: number;
/** What the dice show. */
let dice: () => number;

const open = (): ReviewDesk =>
  new ReviewDesk({
    db,
    folder,
    settings: () => privacy,
    visitOf: () => null,
    classifier: () => classifier,
    detector: () => Detector.open(detector, { threads: 1 }),
    onCompared: () => compared++,
    random: () => dice(),
    tell: (event) => events.push(event),
    stopRetraining: () => Promise.resolve(),
  });

let models: string;
beforeAll(async () => {
  models = await mkdtemp(join(tmpdir(), 'maskwatch-frames-'));
  const model = await writeModel(models, colourModel(16), testCard(16, { name: 'colours' }));
  classifier = await openClassifier({ model, provider: 'cpu', threads: 1 });
});
afterAll(async () => {
  await classifier.close();
  await rm(models, { recursive: true });
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-frames-'));
  db = openDatabase(join(folder, 'maskwatch.db')).db;
  privacy = { ...DEFAULT_SETTINGS.privacy, review: true, reviewFrames: true };
  events = [];
  compared = 0;
  dice = () => 0;
  detector = await constantDetector();
  desk = open();
});
afterEach(async () => {
  await desk.frames.close();
  db.close();
  await rm(folder, { recursive: true });
});

/** A picture of one colour, with what the page's detector found in it. */
function sample(colour: keyof typeof COLOURS, boxes: Box[] = [SEEN]): Sample {
  const data = new Uint8Array(SIDE * SIDE * 3);
  for (let i = 0; i < data.length; i++) data[i] = COLOURS[colour][i % 3]!;
  return {
    width: SIDE,
    height: SIDE,
    data,
    regions: [[0, 0, SIDE, SIDE]],
    faces: boxes.map((box) => ({ box, score: 0.9 })),
  };
}

let now = 1_790_000_000_000;
/** Lets a picture be drawn and brings it. */
async function bring(given: Sample): Promise<void> {
  expect(desk.frames.draws((now += 1000))).toBe(true);
  desk.frames.sampled(given);
  await desk.settled();
}
const list = () => desk.frames.store.list();
const files = async (): Promise<string[]> =>
  (await readdir(join(folder, 'review-frames')).catch(() => [])).sort();
/** As many pictures as asked for, without a network having looked. */
function fill(count: number, looks: BothLooks, at = Date.now()): void {
  for (let i = 0; i < count; i++)
    desk.frames.store.keep({
      ...{ at, width: SIDE, height: SIDE, regions: [], faces: [], looks },
      jpeg: Buffer.from('a picture'),
    });
}
const nothing: BothLooks = {
  twoStage: { model: 'colours', found: [] },
  oneShot: { model: 'constant', found: [] },
};

describe('keeping', () => {
  it('is a choice of its own: with faces kept, and all the more without, no whole picture is asked for or taken', async () => {
    for (const chosen of [{ reviewFrames: false }, { review: false }]) {
      privacy = { ...DEFAULT_SETTINGS.privacy, review: true, reviewFrames: true, ...chosen };
      expect(desk.frames.draws((now += 1000))).toBe(false);
      desk.frames.sampled(sample('correct'));
      await desk.settled();
    }
    privacy = { ...DEFAULT_SETTINGS.privacy, review: true, reviewFrames: true };
    // Nobody asked for this one either.
    desk.frames.sampled(sample('correct'));
    await desk.settled();
    expect(list()).toEqual([]);
    expect(await files()).toEqual([]);
    expect(DEFAULT_SETTINGS.privacy).toMatchObject({ review: false, reviewFrames: false });
  });

  it('gives each moment of looking the same chance, at any rate of looks, and asks for one at a time', () => {
    const next = [0.3, 0.7].map((seed) => {
      let at = seed;
      return () => (at = (at * 7919.17 + 0.123) % 1);
    });
    const drawn = [33, 250].map((apart, k) => {
      dice = next[k]!;
      let count = 0;
      for (let passed = 0; passed < 1_000_000; passed += apart)
        if (desk.frames.draws((now += apart))) {
          count++;
          desk.frames.sampled(sample('correct', []));
        }
      return count;
    });
    // One in about 20 seconds.
    for (const count of drawn) expect(Math.abs(count - 50)).toBeLessThan(20);
    dice = () => 0;
    now += 60_000;
    expect(desk.frames.draws(now)).toBe(true);
    expect(desk.frames.draws(now + 1000)).toBe(false);
    // The page went away with it.
    expect(desk.frames.draws(now + 31_000)).toBe(true);
  });

  it('looks with both pipelines, and proposes what they agree on', async () => {
    await bring(sample('incorrect', [[50, 20, 64, 64]]));
    await bring(sample('none'));
    const [differ, agree] = list();
    expect(agree).toMatchObject({ width: SIDE, height: SIDE, reviewed: false });
    // Between what the page's detector and the one-shot one saw.
    expect(agree!.faces).toHaveLength(1);
    agree!.faces[0]!.box.forEach((value, k) => expect(value).toBeCloseTo([49, 18, 64, 64][k]!, 2));
    expect(agree!.faces[0]!.label).toBe('incorrect');
    expect(differ!.faces.map(({ label }) => label)).toEqual([null]);
    const jpeg = await desk.functions().framePicture(agree!.id);
    expect(await sharp(jpeg!).metadata()).toMatchObject({ format: 'jpeg', width: SIDE, height: SIDE });
    expect(events.at(-1)).toMatchObject({
      type: 'review',
      counts: { frames: { on: true, waiting: 2, done: 0, needed: ENOUGH, compared: null } },
    });
  });

  it('keeps no picture in which neither sees anybody', async () => {
    detector = await constantDetector(-9);
    await bring(sample('none', []));
    expect(list()).toEqual([]);
    await bring(sample('none'));
    expect(list()).toHaveLength(1);
  });

  it('keeps a bounded number: one by chance of those that wait goes, and what was reviewed stays', async () => {
    fill(MOST_FRAMES, nothing);
    const reviewed = list()
      .slice(0, 3)
      .map(({ id }) => id);
    for (const id of reviewed) desk.frames.store.mark(id, []);
    for (let i = 0; i < 3; i++) await bring(sample('none'));
    expect(list()).toHaveLength(MOST_FRAMES);
    expect(await files()).toHaveLength(MOST_FRAMES);
    const kept = new Set(list().map(({ id }) => id));
    expect(reviewed.every((id) => kept.has(id))).toBe(true);
    for (const { id } of list()) desk.frames.store.mark(id, []);
    await bring(sample('none'));
    expect(list().filter((frame) => !frame.reviewed)).toEqual([]);
  });

  it('says what is wrong once, and goes on', async () => {
    detector = '/nowhere/oneshot.onnx';
    for (let i = 0; i < 2; i++) await bring(sample('none'));
    const notices = events.filter(({ type }) => type === 'notice');
    expect(notices).toEqual([
      {
        type: 'notice',
        message: expect.stringMatching(/pictures cannot be kept for review for now: .*nowhere/) as string,
      },
    ]);
  });
});

it('proposes one face where both drew its box differently, and asks of what one alone saw', () => {
  const find = (box: Box, none: number, score = 0.9) => ({ box, score, probabilities: [1 - none, 0, none] });
  const faces = proposed({
    twoStage: { model: 'a', found: [find([0, 0, 40, 40], 0.9), find([300, 0, 40, 40], 0.9, 0.1)] },
    oneShot: { model: 'b', found: [find([10, 10, 40, 40], 0.8), find([200, 0, 40, 40], 0.9)] },
  });
  expect(iou([0, 0, 40, 40], [10, 10, 40, 40])).toBeLessThan(0.5);
  expect(faces).toEqual([
    { box: [5, 5, 40, 40], label: 'none' },
    { box: [200, 0, 40, 40], label: null },
  ]);
});

describe('what was kept', () => {
  it('is marked, taken back, and there after a restart', async () => {
    await bring(sample('none'));
    const { id } = list()[0]!;
    const marks: MarkedFace[] = [{ box: [1, 2, 30, 40], label: 'face' }];
    expect(desk.functions().markFrame(id, marks)).toMatchObject({ frames: { waiting: 0, done: 1 } });
    await desk.frames.close();
    desk = open();
    expect(list()).toMatchObject([{ id, faces: marks, reviewed: true }]);
    desk.functions().markFrame(id, null);
    expect(list()).toMatchObject([{ id, faces: [{ label: null }], reviewed: false }]);
  });

  it('expires with the faces, goes first on a full disk, and counts as kept', async () => {
    fill(2, nothing, Date.now() - 8 * 86_400_000);
    await bring(sample('none'));
    const { bytes, nextExpiry } = desk.functions().reviewCounts();
    expect(bytes).toBeGreaterThan(100);
    expect(Date.parse(nextExpiry!)).toBeLessThan(Date.now());
    desk.expire();
    expect(list()).toHaveLength(1);
    expect(await files()).toHaveLength(1);
    expect(desk.makeRoom()).toBe(true);
    expect(await files()).toEqual([]);
    expect(desk.makeRoom()).toBe(false);
  });

  it('is gone with “delete everything”, file and row, and out of the database’s file', async () => {
    const secret = { model: 'a-name-nobody-may-find', found: [] };
    fill(3, { twoStage: secret, oneShot: secret });
    expect(await desk.functions().deleteAllFaces()).toMatchObject({
      bytes: 0,
      frames: { waiting: 0, done: 0 },
    });
    expect(await readdir(folder)).not.toContain('review-frames');
    for (const name of await readdir(folder))
      if (name.startsWith('maskwatch.db'))
        expect((await readFile(join(folder, name))).includes('a-name-nobody-may-find')).toBe(false);
  });
});

describe('the comparison', () => {
  const right = { model: 'constant', found: [{ box: SEEN, score: 0.9, probabilities: [0, 1, 0] }] };
  const wrong = {
    model: 'colours',
    found: [{ box: [0, 100, 40, 40] as Box, score: 0.9, probabilities: [0, 1, 0] }],
  };
  const truth: MarkedFace[] = [{ box: SEEN, label: 'incorrect' }];

  it('waits for enough pictures, keeps its figures alone, and tells', async () => {
    fill(ENOUGH, { twoStage: wrong, oneShot: right });
    const ids = list().map(({ id }) => id);
    for (const id of ids.slice(1)) desk.frames.store.mark(id, truth);
    await desk.frames.comparison.now();
    expect(await readEvidence(folder)).toBeNull();
    desk.functions().markFrame(ids[0]!, truth);
    await desk.frames.comparison.now();
    const evidence = await readEvidence(folder);
    expect(evidence).toEqual({
      ...{ version: 1, of: 'frames', scenes: ENOUGH, twoStage: 0, model: 'constant' },
      oneShot: expect.closeTo(1, 6) as number,
    });
    expect(compared).toBe(1);
    await desk.functions().deleteAllFaces();
    expect(desk.functions().reviewCounts().frames.compared).toMatchObject({ frames: ENOUGH, twoStage: 0 });
    await desk.frames.close();
    desk = open();
    await desk.frames.comparison.now();
    expect(desk.functions().reviewCounts().frames.compared).toMatchObject({ frames: ENOUGH });
  });

  it('looks again at the pictures when another network judges', async () => {
    for (let i = 0; i < 2; i++) await bring(sample('incorrect'));
    const before = { ...right, model: 'the one before' };
    for (const { id } of list()) {
      desk.frames.store.mark(id, truth);
      desk.frames.store.lookedAgain(id, { twoStage: before, oneShot: right });
    }
    fill(ENOUGH - 2, { twoStage: wrong, oneShot: right });
    for (const { id, reviewed } of list()) if (!reviewed) desk.frames.store.mark(id, []);
    await desk.frames.comparison.now();
    const models = desk.frames.store.reviewed().map(({ looks }) => looks.twoStage.model);
    expect(new Set(models)).toEqual(new Set(['colours']));
    expect(desk.functions().reviewCounts().frames.compared?.frames).toBe(ENOUGH);
  });
});
