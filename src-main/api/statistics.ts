/** Statistics: how many wore their mask how, in intervals of 20 minutes. No picture, no identity, no single face. */
import * as v from 'valibot';
import type { Counts } from './verdicts';

/** Minutes of an interval; each hour has three, beginning on the hour. */
export const INTERVAL_MINUTES = 20;

export interface Interval {
  /** ISO 8601 in UTC; intervals without anything in them are left out. */
  start: string;
  /** Visits by their last verdict; a visit counts in the interval of its first one. */
  counts: Counts;
  /** Of those, how many began incorrect or without a mask and ended correct. */
  putRight: number;
  /** Mean seconds from a face's first look to its first verdict; null without any. */
  waitSeconds: number | null;
  /** Seconds of the interval in which the camera was watched. */
  watchedSeconds: number;
}

/** From the first to the last day, both included, of the machine's own time. */
export const rangeSchema = v.pipe(
  v.strictObject({ from: v.pipe(v.string(), v.isoDate()), to: v.pipe(v.string(), v.isoDate()) }),
  v.check(({ from, to }) => from <= to, 'the last day is before the first'),
);
export type Range = v.InferOutput<typeof rangeSchema>;

export interface Statistics {
  range: Range;
  intervals: Interval[];
  /** Over the whole range. */
  counts: Counts;
  putRight: number;
  waitSeconds: number | null;
  watchedSeconds: number;
  /** The first day there is anything of; null when there is nothing at all. */
  since: string | null;
}
