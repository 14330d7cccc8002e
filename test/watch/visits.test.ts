/** What counts as a visit: who stays long enough, and who comes back at once. */
import { describe, expect, it } from 'vitest';
import type { MaskClass, Settings, VerdictEvent } from '../../src-main/api';
import type { Box } from '../../src-main/geometry';
import { Visits } from '../../src-main/watch/visits';

const START = Date.parse('2026-03-05T10:00:00Z');
const HERE: Box = [100, 100, 80, 100];

const visits = (leastSeconds = 0, gapSeconds = 2): Visits => {
  const settings: Settings['visits'] = { leastSeconds, gapSeconds };
  return new Visits(() => settings);
};
const settled = (
  track: number,
  seconds: number,
  verdict: MaskClass,
  more: Partial<VerdictEvent> = {},
): VerdictEvent => ({
  type: 'verdict',
  at: new Date(START + 1000 * seconds).toISOString(),
  seconds,
  track,
  verdict,
  before: null,
  probabilities: { correct: 0, incorrect: 0, none: 1 },
  looks: 5,
  box: HERE,
  waitMs: 500,
  ...more,
});
const left = (track: number, seconds: number, lasted = 5000, box = HERE) => ({
  track,
  at: START + 1000 * seconds,
  box,
  lasted,
});

describe('a visit', () => {
  it('is counted with its first verdict and told of each that changes', () => {
    const all = visits();
    const first = all.settled(settled(1, 0, 'none'))!;
    expect(first).toMatchObject({ began: START, verdict: 'none', before: null, first: 'none', waitMs: 500 });
    expect(all.settled(settled(1, 8, 'correct'))).toEqual({
      ...first,
      at: START + 8000,
      verdict: 'correct',
      before: 'none',
    });
    expect(all.visitOf(1)).toBe(first.id);
  });

  it('goes on when a face appears where one was lost a moment ago', () => {
    const all = visits();
    const { id } = all.settled(settled(1, 0, 'none'))!;
    expect(all.gone(left(1, 5))).toBeNull();
    expect(all.settled(settled(2, 6, 'none'))).toBeNull();
    expect(all.visitOf(2)).toBe(id);
    expect(all.settled(settled(2, 7, 'correct'))).toMatchObject({ id, before: 'none', first: 'none' });
  });

  it.each<[string, number, Box]>([
    ['too long after', 8, HERE],
    ['elsewhere', 6, [400, 100, 80, 100]],
    ['much nearer', 6, [100, 100, 200, 250]],
  ])('is another one for a face that appears %s', (_where, seconds, box) => {
    const all = visits();
    const { id } = all.settled(settled(1, 0, 'none'))!;
    all.gone(left(1, 5));
    expect(all.settled(settled(2, seconds, 'none', { box }))!.id).not.toBe(id);
  });

  it('is none for who passes by too quickly', () => {
    const all = visits(3);
    expect(all.settled(settled(1, 0, 'none'))).toBeNull();
    expect(all.gone(left(1, 2, 2000))).toBeNull();
  });

  it('is counted when a face has stayed long enough, by the verdict it then has', () => {
    const all = visits(3);
    all.settled(settled(1, 0, 'none'));
    expect(all.settled(settled(1, 4, 'correct', { waitMs: 4500 }))).toMatchObject({
      verdict: 'correct',
      before: null,
      first: 'none',
    });
    all.settled(settled(2, 10, 'none', { box: [500, 0, 80, 100] }));
    expect(all.gone(left(2, 15, 5000))).toMatchObject({
      verdict: 'none',
      before: null,
      began: START + 10_000,
    });
  });
});
