/** The slope of memory and open files over a run, and how far it can be trusted. */
import { describe, expect, it } from 'vitest';
import { seeded } from '../../src-main/random';
import { trendOf, type Sample } from '../../src-main/soak/trend';

const HOUR = 3600;
/** An hour's samples, every 5 s. */
const hour = (mainMB: (at: number) => number): Sample[] =>
  Array.from({ length: HOUR / 5 }, (_, i) => ({
    ...{ at: 5 * i, looks: 0, heapMB: null, codeMB: 0, dataMB: 0, nativeMB: 0, browserMB: 0, handles: 30 },
    mainMB: mainMB(5 * i),
  }));

describe('a trend', () => {
  it('is per hour, and without the beginning', () => {
    // Grows fast for a quarter of an hour while it loads, then by 2 MB an hour.
    const samples = hour((at) => (at < HOUR / 4 ? at / 5 : 180 + (at / HOUR) * 2));
    expect(trendOf(samples, 'mainMB')?.perHour).toBeCloseTo(2, 5);
    expect(trendOf(samples, 'mainMB')?.plusMinus).toBeCloseTo(0, 5);
    expect(trendOf(samples, 'handles')?.perHour).toBeCloseTo(0, 9);
  });

  it('of what only goes up and down is not said to grow, in 19 runs of 20', () => {
    const random = seeded(3);
    let grown = 0;
    for (let run = 0; run < 400; run++) {
      // What is collected every one to three minutes, some of it by chance.
      let level = 0;
      const samples = hour(() => {
        level = random() < 0.04 ? 0 : level + random();
        return 80 + level;
      });
      const { perHour, plusMinus } = trendOf(samples, 'mainMB')!;
      if (Math.abs(perHour) > plusMinus) grown++;
    }
    expect(grown / 400).toBeLessThan(0.08);
    expect(grown / 400).toBeGreaterThan(0.02);
  });

  it('of what grows under its ups and downs is', () => {
    const samples = hour((at) => 80 + (at % 90) / 30 + (at / HOUR) * 5);
    const { perHour, plusMinus } = trendOf(samples, 'mainMB')!;
    expect(perHour - plusMinus).toBeGreaterThan(3);
    expect(perHour + plusMinus).toBeLessThan(7);
  });

  it('of too little is not given', () => {
    expect(trendOf(hour(() => 80).slice(0, 2), 'mainMB')).toBeNull();
    expect(
      trendOf(
        hour(() => 80),
        'heapMB',
      ),
    ).toBeNull();
  });
});
