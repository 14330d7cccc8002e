/**
 * What a soak test comes to: rate, ages, pauses, memory by its parts with how each went, open files, and whether the counts
 * of visits and the log of single verdicts agree.
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { App } from '../app';
import { openDatabase, single } from '../store/database';
import type { Diary } from './diary';
import { trendOf, type Measured, type Sample } from './trend';

/** What is in the database once all is written: visits in the intervals, and single verdicts, which must agree. */
export function eventsIn(folder: string): { visits: number; verdicts: number } {
  const { db } = openDatabase(join(folder, 'maskwatch.db'));
  const visits = Number(single(db, 'SELECT coalesce(sum(correct + incorrect + none), 0) FROM intervals'));
  const verdicts = Number(single(db, 'SELECT count(*) FROM verdicts WHERE before IS NULL'));
  db.close();
  return { visits, verdicts };
}

/** What a run came to. */
export interface Ran {
  seed: number;
  diary: Diary;
  samples: Sample[];
  /** Seconds: from the first look, and the longest that main's own thread was late by. */
  took: { seconds: number; blocked: number };
  events: { visits: number; verdicts: number };
}

/** Parts of memory. */
type Part = 'main' | 'heap' | 'code' | 'data' | 'native' | 'browser';

const rounded = (x: number | null, to = 10): number | null => (x === null ? null : Math.round(x * to) / to);

/** As it is printed. */
export function reportOf(app: App, { seed, diary, samples, took, events }: Ran): Record<string, unknown> {
  const { seconds, blocked } = took;
  const { latencyMs, provider, model } = app.summary();
  const last = samples.at(-1);
  const stall = diary.longestStall;
  const trend = (of: Measured): { perHour: number | null; plusMinus: number | null } => {
    const { perHour, plusMinus } = trendOf(samples, of) ?? { perHour: null, plusMinus: null };
    return { perHour: rounded(perHour, 100), plusMinus: rounded(plusMinus, 100) };
  };
  const part = (of: Part): Record<string, number | null> => {
    const { perHour, plusMinus } = trend(`${of}MB`);
    return {
      [`${of}MB`]: rounded(last?.[`${of}MB`] ?? null),
      [`${of}MBPerHour`]: perHour,
      [`${of}PlusMinus`]: plusMinus,
    };
  };
  return {
    type: 'soak',
    hours: Math.round(seconds / 3.6) / 1000,
    seed,
    cores: availableParallelism(),
    model,
    provider,
    looks: diary.looks,
    looksPerSecond: rounded(diary.looks / seconds),
    latencyMs,
    longestStallSeconds: rounded(stall?.seconds ?? 0),
    longestStallAt: rounded(stall?.at ?? null),
    mainBlockedSeconds: Math.round(blocked * 100) / 100,
    faults: diary.recoveries.map(({ kind, seconds: pause }) => ({ kind, recoverySeconds: rounded(pause) })),
    // `plusMinus`: half the width of the 95 % confidence interval of what stands before it (soak/trend.ts).
    memory: {
      ...part('main'),
      ...part('heap'),
      ...part('code'),
      ...part('data'),
      ...part('native'),
      ...part('browser'),
    },
    handles: { last: last?.handles ?? null, ...trend('handles') },
    events: { ...events, lost: Math.max(0, events.visits - events.verdicts) },
  };
}
