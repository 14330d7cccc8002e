/** What the page measures of itself: how old verdicts are when they are drawn, and what is shown of the last second. */
import type { WatchMeasurements } from '../vision/watcher';

/** Ages kept at most between two reports: as many as api.ts lets through. */
const MOST_AGES = 1000;

export interface Rates {
  cameraFps: number;
  looksPerSecond: number;
  /** Median milliseconds from a frame's arrival to its verdicts drawn; null when none was drawn. */
  behindMs: number | null;
}

/** Milliseconds since the epoch, not a whole number: the clock of `Frame.time`. */
export const epochNow = (): number => performance.timeOrigin + performance.now();

export class DrawnAges {
  #ages: number[] = [];

  /** @param time when the drawn frame had arrived, in milliseconds since the epoch */
  drawn(time: number): void {
    if (this.#ages.length < MOST_AGES) this.#ages.push(Math.max(0, epochNow() - time));
  }

  /** The ages since the last call, in milliseconds. */
  take(): number[] {
    const taken = this.#ages;
    this.#ages = [];
    return taken;
  }
}

export function ratesOf(measured: WatchMeasurements, ages: readonly number[]): Rates {
  const seconds = Math.max(measured.seconds, 0.001);
  const middle = [...ages].sort((a, b) => a - b)[Math.floor(ages.length / 2)];
  return {
    cameraFps: Math.round(measured.cameraFrames / seconds),
    looksPerSecond: Math.round(measured.frames / seconds),
    behindMs: middle === undefined ? null : Math.round(middle),
  };
}
