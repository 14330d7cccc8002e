/**
 * Sums of 20-minute intervals as the statistics' pictures show them: by interval or by day, and by the hour of the
 * day. Pure; hours and days are of the machine's own time.
 */
import { INTERVAL_MINUTES, noCounts, type Counts, type Interval, type Range } from '../../../src-main/api';

/** A stretch of time that a picture shows as one bar or point. */
export interface Step {
  start: Date;
  counts: Counts;
  /** Visits. */
  all: number;
  /** Share of visits that ended correct, 0 to 1; null without any. */
  compliance: number | null;
  /** Mean seconds to a verdict; null without any. */
  waitSeconds: number | null;
}

const INTERVAL_MS = INTERVAL_MINUTES * 60_000;

/** A date's day in the machine's own time, YYYY-MM-DD, as ranges have it. */
export function dayOf(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${String(date.getFullYear())}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The days up to and with today. @param days 1 is today alone */
export function lastDays(days: number, today = new Date()): Range {
  const from = new Date(today.getFullYear(), today.getMonth(), today.getDate() - days + 1);
  return { from: dayOf(from), to: dayOf(today) };
}

function grouped<Key>(intervals: readonly Interval[], keyOf: (start: Date) => Key): Map<Key, Interval[]> {
  const groups = new Map<Key, Interval[]>();
  for (const interval of intervals) {
    const key = keyOf(new Date(interval.start));
    groups.set(key, [...(groups.get(key) ?? []), interval]);
  }
  return groups;
}

function stepOf(start: Date, intervals: readonly Interval[]): Step {
  const counts = noCounts();
  let [waited, waits] = [0, 0];
  for (const interval of intervals) {
    let visits = 0;
    for (const kind of ['correct', 'incorrect', 'none'] as const) {
      counts[kind] += interval.counts[kind];
      visits += interval.counts[kind];
    }
    // An interval says its mean only; its visits are how often it counts.
    if (interval.waitSeconds !== null) {
      waited += interval.waitSeconds * Math.max(1, visits);
      waits += Math.max(1, visits);
    }
  }
  const all = counts.correct + counts.incorrect + counts.none;
  return {
    start,
    counts,
    all,
    compliance: all > 0 ? counts.correct / all : null,
    waitSeconds: waits > 0 ? waited / waits : null,
  };
}

/**
 * What is shown over time: of a single day its intervals, from the first to the last there is anything in; of more
 * days each day of the range. Times without anything are there, empty.
 */
export function overTime(intervals: readonly Interval[], { from, to }: Range): Step[] {
  if (from === to) {
    const starts = intervals.map(({ start }) => Date.parse(start));
    const byStart = new Map(intervals.map((one) => [Date.parse(one.start), one]));
    const steps: Step[] = [];
    for (let at = Math.min(...starts); at <= Math.max(...starts); at += INTERVAL_MS) {
      const found = byStart.get(at);
      steps.push(stepOf(new Date(at), found ? [found] : []));
    }
    return steps;
  }
  const byDay = grouped(intervals, (start) => dayOf(start));
  const steps: Step[] = [];
  for (const day = new Date(`${from}T00:00:00`); dayOf(day) <= to; day.setDate(day.getDate() + 1))
    steps.push(stepOf(new Date(day), byDay.get(dayOf(day)) ?? []));
  return steps;
}

/** By the hour of the day, from the first hour to the last that there is anything in, over all days together. */
export function byHour(intervals: readonly Interval[]): Step[] {
  const groups = grouped(intervals, (start) => start.getHours());
  const hours = [...groups.keys()];
  const steps: Step[] = [];
  for (let hour = Math.min(...hours); hour <= Math.max(...hours); hour++)
    // Any day: only its hour is shown.
    steps.push(stepOf(new Date(2000, 0, 1, hour), groups.get(hour) ?? []));
  return steps;
}
