/** The review queue over real SQLite and real files: what is kept, labelled, undone, divided, expired and deleted. */
import { mkdtemp, readFile, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DeskEvent, Probabilities, Settings } from '../../src-main/api';
import { splitReviewed, whatIsMissing } from '../../src-main/review/dataset';
import { ReviewDesk } from '../../src-main/review/desk';
import { isHoldout } from '../../src-main/review/holdout';
import { openDatabase, type Db } from '../../src-main/store/database';
import { DEFAULT_SETTINGS } from '../../src-main/store/settings';
import type { SeenLook } from '../../src-main/watch/monitor';
import { randomCrops } from '../watch/models';

const SIZE = 48;
const UNSURE: Probabilities = { correct: 0.5, incorrect: 0.4, none: 0.1 };
const SURE: Probabilities = { correct: 0.98, incorrect: 0.01, none: 0.01 };

let folder: string;
let db: Db;
let privacy: Settings['privacy'];
let desk: ReviewDesk;
let events: DeskEvent[];
let visits: Map<number, string>;

const open = (): ReviewDesk =>
  new ReviewDesk({
    db,
    folder,
    settings: () => privacy,
    visitOf: (track) => visits.get(track) ?? null,
    classifier: () => {
      throw new Error('no face is judged again');
    },
    detector: null,
    onCompared: () => undefined,
    tell: (event) => events.push(event),
    stopRetraining: () => Promise.resolve(),
  });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-review-'));
  db = openDatabase(join(folder, 'maskwatch.db')).db;
  privacy = { ...DEFAULT_SETTINGS.privacy, review: true };
  events = [];
  visits = new Map();
  desk = open();
});
afterEach(async () => {
  db.close();
  await rm(folder, { recursive: true });
});

/** A face of its own for each seed: gradients of two colours, which noise alone would not tell apart. */
const face = (seed: number): Uint8Array => {
  const [colours] = [randomCrops(2, 1, seed)];
  const turn = (seed * 2.4) % 6.28;
  return Uint8Array.from({ length: SIZE * SIZE * 3 }, (_, i) => {
    const [p, c] = [Math.floor(i / 3), i % 3];
    const [x, y] = [(p % SIZE) / SIZE - 0.5, Math.floor(p / SIZE) / SIZE - 0.5];
    const wave = Math.sin(7 * (1 + (seed % 5)) * (x * Math.cos(turn) + y * Math.sin(turn)) + seed);
    return Math.round(128 + 60 * wave + (colours[c]! - 128) * 0.4 * Math.cos(9 * x * y * seed));
  });
};

const look = (track: number, more: Partial<SeenLook> = {}): SeenLook => ({
  track,
  at: Date.now(),
  size: SIZE,
  crop: () => face(track),
  probabilities: UNSURE,
  quality: () => 0.9,
  model: 'student',
  verdict: 'unsure',
  changed: false,
  ...more,
});

/** Keeps a face a visit. */
async function keep(count: number, from = 1, at = Date.now()): Promise<void> {
  for (let track = from; track < from + count; track++) {
    visits.set(track, `visit${String(track)}`);
    desk.look(look(track, { at }));
  }
  await desk.settled();
}
const files = async (): Promise<string[]> => (await readdir(join(folder, 'review')).catch(() => [])).sort();

describe('keeping', () => {
  it('takes what the network was unsure of or changed its mind about, and nothing else', async () => {
    visits.set(1, 'a').set(2, 'b').set(3, 'c').set(4, 'd').set(5, 'e');
    desk.look(look(1));
    desk.look(look(2, { probabilities: SURE, verdict: 'correct' }));
    desk.look(look(3, { probabilities: SURE, verdict: 'none' }));
    desk.look(look(4, { probabilities: SURE, verdict: 'correct', changed: true }));
    desk.look(look(5, { quality: () => 0.1 }));
    await desk.settled();
    const { faces, total } = desk.functions().reviewFaces({ order: 'oldest' });
    expect(faces.map(({ visit, reason }) => [visit, reason])).toEqual([
      ['a', 'unsure'],
      ['c', 'unsure'],
      ['d', 'changed'],
    ]);
    expect(total).toBe(3);
    const [crop] = await desk.functions().reviewCrops([faces[0]!.id]);
    const { data } = await sharp(crop!.png).raw().toBuffer({ resolveWithObject: true });
    expect(Buffer.from(face(1)).equals(data)).toBe(true);
    expect(events.at(-1)).toMatchObject({ type: 'review', counts: { waiting: 3, on: true } });
  });

  it('keeps nothing while it is off', async () => {
    privacy.review = false;
    await keep(3);
    // Nor what was taken when it was turned off.
    privacy.review = true;
    visits.set(4, 'visit4');
    desk.look(look(4));
    privacy.review = false;
    await desk.settled();
    expect(desk.functions().reviewCounts()).toMatchObject({ on: false, waiting: 0, bytes: 0 });
    expect(await files()).toEqual([]);
  });

  it('waits for a face’s visit, and takes one that leaves without a verdict as a visit of its own', async () => {
    desk.look(look(1));
    await desk.settled();
    expect(await files()).toEqual([]);
    desk.left(1);
    await desk.settled();
    expect((await files()).length).toBe(1);
    // One whose visit is known by then is of that one.
    desk.look(look(2));
    visits.set(2, 'known');
    desk.left(2);
    await desk.settled();
    const { faces } = desk.functions().reviewFaces({ order: 'oldest' });
    expect(faces.map(({ visit }) => visit === 'known')).toEqual([false, true]);
  });

  it('keeps few of a visit, none twice, and of all the most unlike ones', async () => {
    visits.set(1, 'a').set(2, 'b');
    for (let n = 0; n < 3; n++) desk.look(look(2, { at: Date.now() + 2000 * n }));
    await desk.settled();
    expect((await files()).length).toBe(1);
    for (let n = 0; n < 10; n++)
      desk.look(look(1, { at: Date.now() + 2000 * n, crop: () => face(n < 5 ? 1 : n) }));
    await desk.settled();
    expect((await files()).length).toBeLessThanOrEqual(1 + 4);
    privacy.reviewMost = 20;
    await keep(40, 10);
    expect((await files()).length).toBe(20);
    expect(desk.functions().reviewCounts().waiting).toBe(20);
  });

  it('deletes what is too old, and what a crash left without a row', async () => {
    await keep(2, 1, Date.now() - 8 * 86_400_000);
    await keep(1, 5);
    desk.expire();
    expect(desk.functions().reviewCounts().waiting).toBe(1);
    expect((await files()).length).toBe(1);
    db.exec('DELETE FROM faces');
    desk = open();
    expect(await files()).toHaveLength(1); // It may just be being written.
    const old = new Date(Date.now() - 120_000);
    for (const name of await files()) await utimes(join(folder, 'review', name), old, old);
    desk = open();
    expect(await files()).toEqual([]);
  });
});

describe('labelling', () => {
  it('is undone step by step, also after a restart, and filters follow it', async () => {
    await keep(4);
    const { labelFaces, reviewFaces } = desk.functions();
    const ids = reviewFaces({ order: 'oldest' }).faces.map(({ id }) => id);
    labelFaces(ids.slice(0, 3), 'none');
    labelFaces([ids[0]!], 'incorrect');
    labelFaces([ids[3]!], 'skipped');
    expect(desk.functions().reviewCounts()).toMatchObject({
      waiting: 0,
      skipped: 1,
      done: { correct: 0, incorrect: 1, none: 2 },
      undoable: 3,
    });
    expect(reviewFaces({ label: 'none' }).total).toBe(2);
    expect(reviewFaces({ state: 'done', corrected: true }).total).toBe(3);
    desk = open();
    expect(desk.functions().undoLabels()).toMatchObject([{ id: ids[3], label: null }]);
    expect(desk.functions().undoLabels()).toMatchObject([{ id: ids[0], label: 'none' }]);
    expect(desk.functions().undoLabels()).toHaveLength(3);
    expect(desk.functions().undoLabels()).toEqual([]);
    expect(desk.functions().reviewCounts().waiting).toBe(4);
  });

  it('divides whole visits between training and comparison, and later labels move none', async () => {
    await keep(10);
    const ids = desk
      .functions()
      .reviewFaces({ order: 'oldest' })
      .faces.map(({ id }) => id);
    for (const [i, id] of ids.entries()) desk.functions().labelFaces([id], i % 2 ? 'correct' : 'none');
    const split = splitReviewed(desk.store.reviewed());
    expect([split.learn.length, split.holdout.length]).toEqual([6, 4]);
    expect(whatIsMissing(split)).toBeNull();
    const held = new Set(split.holdout.map(({ id }) => id));
    await keep(5, 20);
    const late = desk
      .functions()
      .reviewFaces({ state: 'waiting' })
      .faces.map(({ id }) => id);
    desk.functions().labelFaces(late, 'incorrect');
    const after = splitReviewed(desk.store.reviewed());
    expect(after.holdout.filter(({ id }) => held.has(id))).toHaveLength(held.size);
    for (const { visit } of after.holdout)
      expect(after.learn.some((each) => each.visit === visit)).toBe(false);
  });

  it('keeps about a third of a class out of training', () => {
    let [learnt, held] = [0, 0];
    for (let n = 0; n < 100; n++)
      if (isHoldout(learnt, held)) held++;
      else learnt++;
    expect(held).toBe(30);
  });
});

describe('delete everything', () => {
  it('leaves no picture, no row and no trace in the database’s files', async () => {
    await keep(6);
    const { reviewFaces, labelFaces, deleteAllFaces } = desk.functions();
    const { faces } = reviewFaces({});
    labelFaces([faces[0]!.id], 'none');
    const trace = Buffer.from(faces[0]!.visit);
    const database = async (): Promise<Buffer> =>
      Buffer.concat(
        await Promise.all(
          ['', '-wal'].map((end) =>
            readFile(join(folder, `maskwatch.db${end}`)).catch(() => Buffer.alloc(0)),
          ),
        ),
      );
    expect((await database()).includes(trace)).toBe(true);
    expect(await deleteAllFaces()).toMatchObject({ waiting: 0, bytes: 0, undoable: 0, nextExpiry: null });
    expect((await database()).includes(trace)).toBe(false);
    expect(await readdir(folder)).not.toContain('review');
    expect(await desk.functions().reviewCrops([faces[0]!.id])).toEqual([]);
    // And what is kept next begins anew.
    await keep(1, 50);
    expect(desk.functions().reviewCounts().waiting).toBe(1);
  });
});
