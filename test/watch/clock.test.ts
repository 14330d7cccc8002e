/** The stream's time: forward only, through reloads, late frames, a clock set back and sleep. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StreamClock } from '../../src-main/watch/clock';

const START = 1_790_000_000_000.25;

describe('the stream clock', () => {
  it('counts from the first frame', () => {
    const clock = new StreamClock();
    expect([0, 33, 66.5, 100].map((t) => clock.advance(START + t))).toEqual([0, 33, 66.5, 100]);
  });

  it('has no time for late and repeated frames', () => {
    const clock = new StreamClock();
    expect([0, 33, 33, 20, 66].map((t) => clock.advance(START + t))).toEqual([0, 33, null, null, 66]);
  });

  it('goes on when the system clock is set back, and takes gaps as they are but not as watching', () => {
    const clock = new StreamClock();
    clock.advance(START);
    clock.advance(START + 1000);
    expect(clock.advance(START - 3_600_000)).toBe(1033);
    expect(clock.advance(START - 3_600_000 + 100)).toBe(1133);
    expect(clock.advance(START + 1000)).toBe(1133 + 3_600_900);
    expect(clock.watched).toBe(1133);
  });

  it('refuses what is no date', () => {
    for (const time of [NaN, Infinity, 1e300])
      expect(() => new StreamClock().advance(time)).toThrow('not a date');
  });

  it('only runs forward, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e14, max: 1e14, noNaN: true })), (times) => {
        const clock = new StreamClock();
        let last = -1;
        for (const time of times) {
          const now = clock.advance(time);
          if (now === null) continue;
          expect(now).toBeGreaterThan(last);
          last = now;
        }
      }),
    );
  });
});
