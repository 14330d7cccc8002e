/**
 * A disk that is full, really (root on Linux; elsewhere it says that it is skipped): the watch's counts wait in memory, the
 * oldest faces of the review queue go first, and what was there before stays whole.
 */
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readCheckpoint, writeCheckpoint } from '../../src-main/learn/checkpoint';
import { ReviewStore } from '../../src-main/review/store';
import { openDatabase, single } from '../../src-main/store/database';
import { SettingsStore } from '../../src-main/store/settings';
import { StatisticsStore } from '../../src-main/store/statistics';
import { canFillDisks, smallDisk, type SmallDisk } from '../full-disk';
import { recovered } from '../recovery';

let disk: SmallDisk;
beforeEach(() => {
  if (canFillDisks) disk = smallDisk(1500)!;
});
afterEach(() => {
  if (canFillDisks) disk.remove();
});

const NOW = Date.now();
const visit = {
  id: 'v',
  began: NOW,
  at: NOW,
  verdict: 'correct',
  before: null,
  first: 'correct',
  waitMs: 1,
} as const;

describe.skipIf(!canFillDisks)('a full disk (needs root on Linux)', () => {
  const database = () => openDatabase(join(disk.folder, 'maskwatch.db'));

  it('is no reason to forget: counts are in memory, and on the disk when there is room', () => {
    const { db } = database();
    const faults: string[] = [];
    const store = new StatisticsStore(db, (message) => faults.push(message));
    store.count(visit, true);
    store.flush();
    disk.fill();
    for (let i = 0; i < 2000; i++) store.count(visit, true);
    store.flush();
    store.flush();
    expect(faults).toEqual([expect.stringMatching(/counts cannot be written for now: .*full/)]);
    expect(store.isPending).toBe(true);
    disk.free();
    const free = performance.now();
    store.flush();
    recovered('disk full, from there being room until 2,000 counts are written', free);
    expect(store.isPending).toBe(false);
    expect(single(db, 'SELECT count(*) FROM verdicts')).toBe(2001);
    expect(single(db, 'SELECT sum(correct) FROM intervals')).toBe(2001);
    db.close();
  });

  it('at the start is none either', () => {
    const before = database();
    new StatisticsStore(before.db).count(visit, true);
    before.db.close();
    disk.fill();
    const { db, notice } = database();
    expect(notice).toBeNull();
    const store = new StatisticsStore(db);
    store.count(visit, true);
    store.flush();
    expect(store.isPending).toBe(true);
    disk.free();
    store.flush();
    expect(store.isPending).toBe(false);
    db.close();
    expect(single(database().db, 'SELECT count(*) FROM verdicts')).toBe(1);
  });

  it('takes the oldest faces of the review queue, those without a label before the others, and no count', () => {
    const { db } = database();
    const review = new ReviewStore(db, disk.folder, () => ({ on: true, days: 7 }));
    const face = {
      reason: 'unsure',
      model: 'm',
      quality: 1,
      probabilities: { correct: 1, incorrect: 0, none: 0 },
      png: Buffer.alloc(20_000, 1),
      signature: Float32Array.of(1),
    } as const;
    const ids = Array.from({ length: 30 }, (_, i) =>
      review.keep({ ...face, at: NOW - i * 1000, visit: String(i) }),
    );
    // The oldest has a label, and so a person's work in it.
    review.label([ids.at(-1)!], 'correct');
    const told: boolean[] = [];
    const store = new StatisticsStore(db, undefined, () => {
      told.push(review.giveUp(5));
      return told.at(-1)!;
    });
    disk.fill();
    for (let i = 0; i < 5000; i++) store.count(visit, true);
    const full = performance.now();
    store.flush();
    recovered('disk full, until the oldest faces have made room for 5,000 counts', full);
    expect(store.isPending).toBe(false);
    expect(single(db, 'SELECT count(*) FROM verdicts')).toBe(5000);
    expect(told.length).toBeGreaterThan(0);
    expect(told).not.toContain(false);
    const left = review.page({ limit: 100 });
    const gone = 5 * told.length;
    expect(left.total).toBe(30 - gone);
    const kept = [...ids.slice(0, 29 - gone), ids.at(-1)!];
    expect(left.faces.map(({ id }) => id).sort((a, b) => a - b)).toEqual(kept);
    expect(readdirSync(join(disk.folder, 'review'))).toHaveLength(kept.length);
    db.close();
  });

  it('while a checkpoint is written is one sentence, and the checkpoint before is whole', async () => {
    const path = join(disk.folder, 'checkpoint.bin');
    const vectors = { weights: new Float32Array(100_000).fill(3) };
    await writeCheckpoint(path, { step: 1 }, vectors);
    disk.fill();
    await expect(writeCheckpoint(path, { step: 2 }, vectors)).rejects.toThrow(
      `cannot write ${path}: the disk is full`,
    );
    expect(existsSync(`${path}.part`)).toBe(false);
    expect(await readCheckpoint(path)).toEqual({ meta: { step: 1 }, vectors });
    disk.free();
    await writeCheckpoint(path, { step: 2 }, vectors);
    expect((await readCheckpoint(path)).meta).toEqual({ step: 2 });
  });

  it('while settings are written leaves the file as it was, and says so', async () => {
    const path = join(disk.folder, 'settings.json');
    const settings = await SettingsStore.open(path);
    await settings.change({ mirror: false });
    const before = await readFile(path, 'utf8');
    disk.fill();
    await expect(settings.change({ mirror: true })).rejects.toThrow(/settings\.json.*(full|ENOSPC)/);
    expect(await readFile(path, 'utf8')).toBe(before);
    expect(settings.current.mirror).toBe(true);
  });
});
