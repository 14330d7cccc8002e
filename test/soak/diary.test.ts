/** What a soak test makes of what it saw. */
import { describe, expect, it } from 'vitest';
import { Diary } from '../../src-main/soak/diary';

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
    expect(Math.round(2 * diary.longestStall!.seconds)).toBe(7);
  });

  it('counts a watch that never came back', () => {
    const diary = new Diary();
    for (let at = 0; at < 10; at++) diary.looked(at / 10);
    diary.end(500);
    expect(diary.longestStall!.seconds).toBeGreaterThan(490);
  });
});
