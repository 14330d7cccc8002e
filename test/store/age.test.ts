/** A clock that jumps: what is deleted for its age waits, so that a mistaken year costs nothing. */
import { expect, it } from 'vitest';
import { AgeClock } from '../../src-main/store/age';

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

it('deletes nothing for an hour after a jump of more than a day, and all the more when it was a mistake', () => {
  let [now, ticks] = [Date.UTC(2026, 2, 5), 0];
  const pass = (ms: number): void => {
    now += ms;
    ticks += ms;
  };
  const clock = new AgeClock(
    () => now,
    () => ticks,
  );
  expect(clock.isTrusted()).toBe(true);
  pass(30 * 24 * HOUR);
  expect(clock.isTrusted()).toBe(true);
  now += YEAR;
  expect(clock.isTrusted()).toBe(false);
  pass(HOUR / 2);
  expect(clock.isTrusted()).toBe(false);
  now -= YEAR; // Somebody noticed.
  expect(clock.isTrusted()).toBe(true);
  // A machine that slept: an hour later it is believed.
  now += 3 * 24 * HOUR;
  expect(clock.isTrusted()).toBe(false);
  pass(HOUR);
  expect(clock.isTrusted()).toBe(true);
  // Summer time and a clock that is put right by minutes are no jumps.
  now += HOUR;
  expect(clock.isTrusted()).toBe(true);
});
