/** Sums of intervals by time and by hour, in the machine's own time. */
import { describe, expect, it } from 'vitest';
import type { Interval } from '../../../src-main/api';
import { byHour, dayOf, lastDays, overTime } from '../../../src-renderer/desk/statistics/aggregate';

const interval = (
  at: string,
  [correct, incorrect, none]: [number, number, number],
  wait: number | null = 1,
): Interval => ({
  start: new Date(at).toISOString(),
  counts: { correct, incorrect, none },
  putRight: 0,
  waitSeconds: wait,
  watchedSeconds: 1200,
});

const SEEN = [
  interval('2026-11-23T08:00:00', [8, 1, 1], 1),
  interval('2026-11-23T08:20:00', [0, 0, 0], null),
  interval('2026-11-25T08:40:00', [2, 0, 2], 3),
  interval('2026-11-25T10:00:00', [5, 0, 0], 2),
];

describe('a day', () => {
  it('has each interval from the first to the last, also the empty ones between', () => {
    const steps = overTime(SEEN.slice(2), { from: '2026-11-25', to: '2026-11-25' });
    expect(steps.map(({ start, all }) => [start.getHours(), start.getMinutes(), all])).toEqual([
      [8, 40, 4],
      [9, 0, 0],
      [9, 20, 0],
      [9, 40, 0],
      [10, 0, 5],
    ]);
    expect(steps.map(({ compliance }) => compliance)).toEqual([0.5, null, null, null, 1]);
    expect(steps[1]!.waitSeconds).toBeNull();
  });
});

describe('several days', () => {
  it('have a step each, empty days too', () => {
    const steps = overTime(SEEN, { from: '2026-11-22', to: '2026-11-25' });
    expect(steps.map(({ start, all }) => [dayOf(start), all])).toEqual([
      ['2026-11-22', 0],
      ['2026-11-23', 10],
      ['2026-11-24', 0],
      ['2026-11-25', 9],
    ]);
    // Four visits waited 3 s, five 2 s.
    expect(steps[3]!.waitSeconds).toBeCloseTo((4 * 3 + 5 * 2) / 9);
    expect(steps[3]!.compliance).toBeCloseTo(7 / 9);
  });

  it('are 23 and 25 hours long, too', () => {
    const steps = overTime([interval('2026-03-29T12:00:00', [1, 0, 0])], {
      from: '2026-03-27',
      to: '2026-03-31',
    });
    expect(steps.map(({ start }) => dayOf(start))).toEqual([
      '2026-03-27',
      '2026-03-28',
      '2026-03-29',
      '2026-03-30',
      '2026-03-31',
    ]);
  });
});

it('hours are those of all days together, without the empty ones at the ends', () => {
  const hours = byHour(SEEN);
  expect(hours.map(({ start, all }) => [start.getHours(), all])).toEqual([
    [8, 14],
    [9, 0],
    [10, 5],
  ]);
});

it('the last days end with today', () => {
  const today = new Date(2026, 2, 1, 0, 5);
  expect(lastDays(1, today)).toEqual({ from: '2026-03-01', to: '2026-03-01' });
  expect(lastDays(7, today)).toEqual({ from: '2026-02-23', to: '2026-03-01' });
});
