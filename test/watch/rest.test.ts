/** Pauses of the watch: with a timer, without one, changed and ended. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Rest } from '../../src-main/watch/rest';

const MINUTE = 60_000;
let told: ({ until: string | null } | null)[];
let rest: Rest;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-03-01T08:00:00Z') });
  told = [];
  rest = new Rest(() => told.push(rest.state));
});
afterEach(() => {
  rest.close();
  vi.useRealTimers();
});

describe('a pause', () => {
  it('ends by itself when its time is over', () => {
    rest.begin(15);
    expect(rest.state).toEqual({ until: '2026-03-01T08:15:00.000Z' });
    vi.advanceTimersByTime(15 * MINUTE - 1);
    expect(rest.state).not.toBeNull();
    vi.advanceTimersByTime(1);
    expect(rest.state).toBeNull();
    expect(told).toEqual([{ until: '2026-03-01T08:15:00.000Z' }, null]);
  });

  it('without a time lasts until it is ended', () => {
    rest.begin(null);
    vi.advanceTimersByTime(100 * 24 * 60 * MINUTE);
    expect(rest.state).toEqual({ until: null });
    rest.end();
    expect(rest.state).toBeNull();
    rest.end();
    expect(told).toHaveLength(2);
  });

  it('that is begun again has the new time only', () => {
    rest.begin(15);
    rest.begin(60);
    vi.advanceTimersByTime(20 * MINUTE);
    expect(rest.state).toEqual({ until: '2026-03-01T09:00:00.000Z' });
    rest.begin(null);
    vi.advanceTimersByTime(120 * MINUTE);
    expect(rest.state).toEqual({ until: null });
  });
});
