/**
 * Counts of visits in intervals of 20 minutes, in SQLite: how each ended, how many were put right, how long a
 * verdict took, how long was watched; and, where it is asked for, a log of single verdicts, to which is only added. No
 * picture, no identity. What cannot be written now is written later.
 */
import { INTERVAL_MINUTES, noCounts } from '../api';
import type { Interval, MaskClass, Range, Statistics } from '../api';
import type { Visit } from '../watch/visits';
import { atOnce, isFull, single, type Db } from './database';

const INTERVAL_MS = INTERVAL_MINUTES * 60_000;
const DAY_MS = 86_400_000;
/** Single verdicts that wait in memory for the disk, at most: some weeks of a door, 20 MB. */
const MOST_WAITING = 100_000;
const COLUMNS = 'correct incorrect none put_right waits wait_ms watched_ms'.split(' ') as (keyof Sums)[];

/** What is added up for an interval. */
type Sums = Record<MaskClass | 'put_right' | 'waits' | 'wait_ms' | 'watched_ms', number>;
type Row = Sums & { start: number };

const zero = (): Sums => ({ ...noCounts(), put_right: 0, waits: 0, wait_ms: 0, watched_ms: 0 });

export class StatisticsStore {
  /** What is not on the disk yet, by the interval's start. */
  readonly #pending = new Map<number, Sums>();
  #verdicts: { at: number; verdict: MaskClass; before: MaskClass | null }[] = [];
  #failing = false;

  /**
   * @param onFault told once, in a sentence, when counts cannot be written, until they can again
   * @param makeRoom frees some of a full disk; false when it has nothing to give up
   */
  constructor(
    private readonly db: Db,
    private readonly onFault: (message: string) => void = () => undefined,
    private readonly makeRoom: () => boolean = () => false,
  ) {}

  /**
   * Counts a visit's verdict; a changed one moves it from the class it was counted in.
   * @param keepVerdict whether it goes into the log of single verdicts
   * @param keepCount whether it goes into its interval
   */
  count(visit: Visit, keepVerdict: boolean, keepCount = true): void {
    if (keepVerdict) this.#verdicts.push({ at: visit.at, verdict: visit.verdict, before: visit.before });
    if (!keepCount) return;
    const sums = this.#sums(visit.began);
    if (visit.before !== null) sums[visit.before]--;
    else {
      sums.waits++;
      sums.wait_ms += visit.waitMs;
    }
    sums[visit.verdict]++;
    if (visit.first !== 'correct') {
      if (visit.verdict === 'correct') sums.put_right++;
      else if (visit.before === 'correct') sums.put_right--;
    }
  }

  /** Adds time in which the camera was watched. @param at milliseconds since the epoch */
  watched(ms: number, at: number): void {
    this.#sums(at).watched_ms += ms;
  }

  /** Writes what is pending. Never throws: what could not be written is kept for the next time. */
  flush(): void {
    if (!this.isPending) return;
    try {
      this.#writeWithRoom();
      this.#failing = false;
    } catch (error) {
      // Counts are a few numbers an interval; single verdicts must not fill the memory.
      this.#verdicts = this.#verdicts.slice(-MOST_WAITING);
      if (!this.#failing) this.onFault(`counts cannot be written for now: ${(error as Error).message}`);
      this.#failing = true;
    }
  }

  /** Whether something waits for the disk. */
  get isPending(): boolean {
    return this.#pending.size > 0 || this.#verdicts.length > 0;
  }

  /** Writes into another database what this one does not take. @throws Error when that does not take it either */
  rescue(db: Db): void {
    this.#writeTo(db);
  }

  /** @throws Error when it cannot be written, even after all the room was made that can be */
  #writeWithRoom(): void {
    for (;;) {
      try {
        this.#writeTo(this.db);
        return;
      } catch (error) {
        if (!isFull(error) || !this.makeRoom()) throw error;
      }
    }
  }

  #writeTo(db: Db): void {
    atOnce(db, () => {
      const names = COLUMNS.join(', ');
      const add = db.prepare(
        `INSERT INTO intervals (start, ${names}) VALUES (?${', ?'.repeat(COLUMNS.length)})
         ON CONFLICT (start) DO UPDATE SET ${COLUMNS.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')}`,
      );
      for (const [start, sums] of this.#pending) add.run(start, ...COLUMNS.map((name) => sums[name]));
      const note = db.prepare('INSERT INTO verdicts (at, verdict, before) VALUES (?, ?, ?)');
      for (const { at, verdict, before } of this.#verdicts) note.run(at, verdict, before);
    });
    this.#pending.clear();
    this.#verdicts = [];
  }

  /**
   * Deletes what is older than it is to be kept: single verdicts, and intervals.
   * @param countDays null keeps intervals until somebody deletes them, 0 keeps none
   */
  prune(eventDays: number, countDays: number | null): void {
    const now = Date.now();
    atOnce(this.db, () => {
      this.#deleteVerdicts(now - eventDays * DAY_MS);
      if (countDays === null) return;
      // An interval goes when all of it is old enough.
      const before = countDays === 0 ? Infinity : startOf(now - countDays * DAY_MS);
      this.#deleteIntervals(before);
    });
  }

  /** The interval that `at` is in, as it stands; milliseconds since the epoch. */
  interval(at: number): Interval {
    const start = startOf(at);
    return toInterval({ start, ...(this.#rows(start, start + 1)[0] ?? zero()) });
  }

  read(range: Range): Statistics {
    const [from, to] = bounds(range);
    const rows = this.#rows(from, to);
    const sums = rows.reduce((all, row) => added(all, row), zero());
    const { counts, putRight, waitSeconds, watchedSeconds } = toInterval({ start: 0, ...sums });
    const first = single(this.db, 'SELECT MIN(start) FROM intervals');
    return {
      range,
      intervals: rows.map(toInterval),
      counts,
      putRight,
      waitSeconds,
      watchedSeconds,
      since: typeof first === 'number' ? localDay(new Date(first)) : null,
    };
  }

  /** The same as CSV, a line an interval (RFC 4180), times with the machine's own zone. */
  csv(range: Range): string {
    const lines = this.read(range).intervals.map(({ start, counts, putRight, waitSeconds, watchedSeconds }) =>
      [
        start,
        counts.correct,
        counts.incorrect,
        counts.none,
        putRight,
        waitSeconds?.toFixed(2) ?? '',
        Math.round(watchedSeconds),
      ].join(','),
    );
    const heads = 'start,correct,incorrect,none,put_right,mean_wait_seconds,watched_seconds';
    return [heads, ...lines, ''].join('\r\n');
  }

  deleteAll(): void {
    this.#verdicts = [];
    atOnce(this.db, () => {
      this.#deleteIntervals(Infinity);
      this.#deleteVerdicts(Infinity);
    });
  }

  /** Intervals that begin before a time; what is pending of them, too. */
  #deleteIntervals(before: number): void {
    this.db.prepare('DELETE FROM intervals WHERE start < ?').run(before);
    for (const start of this.#pending.keys()) if (start < before) this.#pending.delete(start);
  }

  /** The log lets go of what is older than `retention` says, and of nothing else. Inside a transaction. */
  #deleteVerdicts(before: number): void {
    const release = this.db.prepare('UPDATE retention SET before = ?');
    release.run(before);
    this.db.prepare('DELETE FROM verdicts WHERE at < ?').run(before);
    release.run(0);
  }

  #sums(at: number): Sums {
    const start = startOf(at);
    const sums = this.#pending.get(start) ?? zero();
    this.#pending.set(start, sums);
    return sums;
  }

  /** Of [from, to), with what is pending. */
  #rows(from: number, to: number): Row[] {
    const stored = this.db
      .prepare(`SELECT start, ${COLUMNS.join(', ')} FROM intervals WHERE start >= ? AND start < ?`)
      .all(from, to) as Row[];
    const rows = new Map(stored.map((row) => [row.start, row]));
    for (const [start, sums] of this.#pending)
      if (start >= from && start < to) rows.set(start, { start, ...added(rows.get(start) ?? zero(), sums) });
    return [...rows.values()].sort((a, b) => a.start - b.start);
  }
}

const startOf = (at: number): number => Math.floor(at / INTERVAL_MS) * INTERVAL_MS;

const added = (a: Sums, b: Sums): Sums => {
  const sum = zero();
  for (const name of COLUMNS) sum[name] = a[name] + b[name];
  return sum;
};

function toInterval(row: Row): Interval {
  return {
    start: new Date(row.start).toISOString(),
    counts: { correct: row.correct, incorrect: row.incorrect, none: row.none },
    putRight: row.put_right,
    waitSeconds: row.waits > 0 ? row.wait_ms / row.waits / 1000 : null,
    watchedSeconds: row.watched_ms / 1000,
  };
}

/** Midnight that a day of the machine's own time begins with, and the one after the last day. */
export function bounds({ from, to }: Range): [number, number] {
  const end = new Date(`${to}T00:00:00`);
  end.setDate(end.getDate() + 1); // Days of 23 and 25 hours too.
  return [new Date(`${from}T00:00:00`).getTime(), end.getTime()];
}

/** A date's day in the machine's own time, YYYY-MM-DD. */
export const localDay = (date: Date): string =>
  `${String(date.getFullYear()).padStart(4, '0')}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
