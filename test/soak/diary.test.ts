/** What a soak test makes of what it saw. */
import { describe, expect, it } from 'vitest';
import { Diary, slopePerHour, type Sample } from '../../src-main/soak/diary';

describe('a diary', () => {
  it('tells the pauses that accidents made from those that nothing explains', () => {
    const diary = new Diary();
    const looks = (from: number, to: number): void => {
      for (let at = from; at < to; at += 0.1) diary.looked(at);
    };
    looks(0, 50);
    diary.fault('page killed', 50.05); // Then nothing until 54.
    looks(54, 100);
    diary.fault('database locked', 100); // Looks go on.
    looks(100, 150);
    looks(153.5, 160); // A pause of its own.
    diary.fault('page hangs', 160);
    looks(160, 161); // Answers that were under way.
    looks(206, 230);
    diary.end(230);
    expect(diary.recoveries.map(({ kind, seconds }) => [kind, Math.round(seconds)])).toEqual([
      ['page killed', 4],
      ['database locked', 0],
      ['page hangs', 45],
    ]);
    expect(Math.round(2 * diary.longestStall)).toBe(7);
  });

  it('counts a watch that never came back', () => {
    const diary = new Diary();
    for (let at = 0; at < 10; at++) diary.looked(at / 10);
    diary.end(500);
    expect(diary.longestStall).toBeGreaterThan(490);
  });
});

describe('a slope', () => {
  const sample = (at: number, mainMB: number): Sample => ({ at, mainMB, browserMB: 0, handles: 0 });

  it('is per hour, and without the beginning', () => {
    // Grows fast for half an hour while it loads, then by 2 MB an hour.
    const samples = Array.from({ length: 240 }, (_, i) => {
      const at = i * 60;
      return sample(at, at < 1800 ? at / 10 : 180 + (at / 3600) * 2);
    });
    expect(slopePerHour(samples, 'mainMB')).toBeCloseTo(2, 5);
    expect(slopePerHour(samples, 'handles')).toBeCloseTo(0, 9);
  });

  it('of too little is not given', () => {
    expect(slopePerHour([sample(0, 1), sample(1, 2)], 'mainMB')).toBeNull();
  });
});
