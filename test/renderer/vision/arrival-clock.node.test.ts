/** When frames arrived, however late they were read. */
import { describe, expect, it } from 'vitest';
import { ArrivalClock } from '../../../src-renderer/vision/arrival-clock';

const FRAME = 100 / 3;
/** The k-th frame of a camera whose clock started 7 seconds ago at epoch 1000 s. */
const timestamp = (k: number) => (7000 + k * FRAME) * 1000;
const promptly = (k: number) => 1_000_000 + k * FRAME;

describe('ArrivalClock', () => {
  it('gives frames that were read late the time they came at', () => {
    const clock = new ArrivalClock();
    for (let k = 0; k < 10; k++) clock.arrival(timestamp(k), promptly(k));
    expect(clock.arrival(timestamp(10), promptly(10) + 40)).toBeCloseTo(promptly(10), 0);
  });

  it('never gives a time to come, whatever the delays', () => {
    const clock = new ArrivalClock();
    for (let k = 0; k < 200; k++) {
      const now = promptly(k) + ((k * 37) % 50);
      expect(clock.arrival(timestamp(k), now)).toBeLessThanOrEqual(now);
    }
  });

  it('follows a clock that is slow, within a few milliseconds', () => {
    const clock = new ArrivalClock();
    let at = 0;
    for (let k = 0; k < 3000; k++) at = clock.arrival(timestamp(k * 0.9999), promptly(k));
    expect(promptly(2999) - at).toBeLessThan(5);
  });

  it('begins anew when the camera sets its clock', () => {
    const clock = new ArrivalClock();
    clock.arrival(timestamp(100), promptly(100));
    expect(clock.arrival(timestamp(0), promptly(101))).toBe(promptly(101));
  });
});
