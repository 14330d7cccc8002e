/** Counts of visits in 20 minutes, over a real SQLite file. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, single, type Db } from '../../src-main/store/database';
import { bounds, localDay, StatisticsStore } from '../../src-main/store/statistics';
import type { Visit } from '../../src-main/watch/visits';
import { recovered } from '../recovery';

let folder: string;
let db: Db;
let store: StatisticsStore;
let faults: string[];

/** Ten o'clock of the machine's own time. */
const TEN = new Date(2026, 2, 5, 10, 0).getTime();
const DAY = { from: '2026-03-05', to: '2026-03-05' };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-statistics-'));
  ({ db } = openDatabase(join(folder, 'maskwatch.db')));
  faults = [];
  store = new StatisticsStore(db, (message) => faults.push(message));
});
afterEach(async () => {
  db.close();
  await rm(folder, { recursive: true });
});

const visit = (more: Partial<Visit>): Visit => ({
  id: 'a',
  began: TEN,
  at: TEN,
  verdict: 'correct',
  before: null,
  first: more.verdict ?? 'correct',
  waitMs: 1000,
  ...more,
});

describe('statistics', () => {
  it('count visits by interval, and a change moves a visit in the interval it was counted in', () => {
    store.count(visit({ verdict: 'none' }), false);
    store.count(visit({ waitMs: 3000 }), false);
    store.flush();
    store.count(visit({ began: TEN + 20 * 60_000, at: TEN + 20 * 60_000, verdict: 'incorrect' }), false);
    // Put right half an hour later: it still is a visit of ten o'clock.
    store.count(visit({ at: TEN + 30 * 60_000, before: 'none', first: 'none' }), false);
    store.watched(2500, TEN);
    const before = store.read(DAY);
    store.flush();
    const after = store.read(DAY);
    expect(after).toEqual(before);
    expect(after.intervals).toEqual([
      {
        start: new Date(TEN).toISOString(),
        counts: { correct: 2, incorrect: 0, none: 0 },
        putRight: 1,
        waitSeconds: 2,
        watchedSeconds: 2.5,
      },
      {
        start: new Date(TEN + 20 * 60_000).toISOString(),
        counts: { correct: 0, incorrect: 1, none: 0 },
        putRight: 0,
        waitSeconds: 1,
        watchedSeconds: 0,
      },
    ]);
    expect(after).toMatchObject({
      counts: { correct: 2, incorrect: 1, none: 0 },
      putRight: 1,
      since: '2026-03-05',
    });
  });

  it('hold a day from its midnight to the next, and nothing of the days beside it', () => {
    const [from, to] = bounds(DAY);
    for (const began of [from - 1, from, to - 1, to]) store.count(visit({ began }), false);
    expect(store.read(DAY).counts.correct).toBe(2);
    expect(store.read({ from: '2026-03-04', to: '2026-03-06' }).counts.correct).toBe(4);
    expect(localDay(new Date(from))).toBe('2026-03-05');
    expect(store.read({ from: '2020-01-01', to: '2020-01-02' })).toMatchObject({
      intervals: [],
      waitSeconds: null,
    });
  });

  it.each([
    // Each clock's own short day and long day: 23 and 25 hours, the latter's double hour included.
    ['Europe/Vienna', '2026-03-29', 69, '2026-10-25', 75],
    ['America/New_York', '2026-03-08', 69, '2026-11-01', 75],
    ['Asia/Kathmandu', '2026-03-29', 72, '2026-10-25', 72],
  ])('of a day in %s are all of it, when its clocks are changed too', (zone, short, few, long, many) => {
    const before = process.env['TZ'];
    process.env['TZ'] = zone;
    try {
      for (const [day, count] of [
        [short, few],
        [long, many],
      ] as const) {
        const [from, to] = bounds({ from: day, to: day });
        // Kathmandu's days begin a quarter past: their first interval began the day before.
        for (let at = from; at < to; at += 20 * 60_000)
          store.count(visit({ began: at + 15 * 60_000 }), false);
        expect(to - from, day).toBe(count * 20 * 60_000);
        expect(store.read({ from: day, to: day }).counts.correct, day).toBe(count);
        expect(localDay(new Date(from)), day).toBe(day);
        expect(localDay(new Date(to - 1)), day).toBe(day);
      }
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
  });

  it('are exported as CSV, a line an interval', () => {
    store.count(visit({ waitMs: 1250 }), false);
    store.watched(61_000, TEN);
    expect(store.csv(DAY)).toBe(
      'start,correct,incorrect,none,put_right,mean_wait_seconds,watched_seconds\r\n' +
        `${new Date(TEN).toISOString()},1,0,0,0,1.25,61\r\n`,
    );
  });

  it('keep no single verdict unless that is asked for, and then for its days only', () => {
    store.count(visit({}), false);
    store.count(visit({ at: Date.now() - 3 * 86_400_000 }), true);
    store.count(visit({ at: Date.now() }), true);
    store.flush();
    const kept = () => single(db, 'SELECT COUNT(*) FROM verdicts');
    expect(kept()).toBe(2);
    store.prune(2, null);
    expect(kept()).toBe(1);
    expect(
      db
        .prepare('PRAGMA table_info(verdicts)')
        .all()
        .map((column) => (column as { name: string }).name),
    ).toEqual(['at', 'verdict', 'before']);
  });

  it('lose no single verdict to anything but its age, and change none', () => {
    for (const age of [0, 1, 5]) store.count(visit({ at: Date.now() - age * 86_400_000 }), true);
    store.flush();
    expect(() => db.exec("UPDATE verdicts SET verdict = 'none'")).toThrow('not changed');
    expect(() => db.exec('DELETE FROM verdicts')).toThrow('by its age alone');
    store.prune(3, null);
    expect(() => db.exec('DELETE FROM verdicts')).toThrow('by its age alone');
    expect(single(db, 'SELECT COUNT(*) FROM verdicts')).toBe(2);
    store.deleteAll();
    expect(single(db, 'SELECT COUNT(*) FROM verdicts')).toBe(0);
  });

  it('of 20 minutes are kept for their days where that is asked for', () => {
    const days = [0, 6, 8, 400].map((age) => Date.now() - age * 86_400_000);
    for (const began of days) store.count(visit({ began }), false);
    store.flush();
    const kept = () => new StatisticsStore(db).read({ from: '2000-01-01', to: '2100-01-01' }).counts.correct;
    store.prune(0, null);
    expect(kept()).toBe(4);
    store.prune(0, 7);
    expect(kept()).toBe(2);
    store.prune(0, 0);
    expect(kept()).toBe(0);
    store.count(visit({}), false, false);
    expect(store.isPending).toBe(false);
  });

  it('that cannot be written wait, say so once, and are written later', () => {
    db.exec('ALTER TABLE intervals RENAME TO away');
    store.count(visit({}), false);
    store.flush();
    store.flush();
    expect(faults).toEqual([expect.stringContaining('counts cannot be written for now')]);
    db.exec('ALTER TABLE away RENAME TO intervals');
    store.count(visit({}), false);
    store.flush();
    expect(new StatisticsStore(db).read(DAY).counts.correct).toBe(2);
  });

  it('wait while another process has the file, and the watch does not wait with them', () => {
    const other = openDatabase(join(folder, 'maskwatch.db')).db;
    other.exec('BEGIN IMMEDIATE');
    store.count(visit({}), true);
    const began = performance.now();
    store.flush();
    // No measure of speed: a stall of the watch is what must not be.
    expect(performance.now() - began).toBeLessThan(2000);
    recovered('database locked, until the watch goes on', began);
    expect(faults).toEqual([expect.stringMatching(/counts cannot be written for now: .*locked/)]);
    other.exec('COMMIT');
    other.close();
    const free = performance.now();
    store.flush();
    recovered('database locked, from its being free until all is written', free);
    expect(store.read(DAY).counts.correct).toBe(1);
  });

  it('wait while the disk is full, all of them', () => {
    db.pragma(`max_page_count = ${String(single(db, 'PRAGMA page_count'))}`);
    for (let i = 0; i < 5000; i++) store.count(visit({}), true);
    store.flush();
    store.flush();
    expect(faults).toEqual([expect.stringMatching(/counts cannot be written for now: .*full/)]);
    // As they are shown, they are there all the time.
    expect(store.read(DAY).counts.correct).toBe(5000);
    db.pragma('max_page_count = 1000000');
    store.flush();
    expect(single(db, 'SELECT count(*) FROM verdicts')).toBe(5000);
    expect(new StatisticsStore(db).read(DAY).counts.correct).toBe(5000);
  });

  it('are gone when they are deleted', () => {
    store.count(visit({}), true);
    store.flush();
    store.count(visit({}), true);
    store.deleteAll();
    store.flush();
    expect(store.read(DAY)).toMatchObject({ intervals: [], since: null });
  });
});
