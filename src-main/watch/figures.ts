/**
 * The figures `monitor` ends with, kept in bounded memory however long the watching lasts.
 */
import type { LiveRate, Measurements, Summary } from '../api';

/** Verdict ages are counted in bins of a millisecond; the last bin takes a minute and all above. */
const AGE_BINS = 60_001;

export class Figures {
  /** Frames looked at. */
  frames = 0;
  /** Tracks that were a face (see monitor.ts). */
  faces = 0;
  #cameraFrames = 0;
  #measuredSeconds = 0;
  readonly #ages = new Uint32Array(AGE_BINS);
  #aged = 0;

  /** Takes in what the page measured since it last told. */
  measured({ cameraFrames, seconds, ages }: Measurements): void {
    this.#cameraFrames += cameraFrames;
    this.#measuredSeconds += seconds;
    for (const age of ages) this.#ages[Math.min(AGE_BINS - 1, Math.ceil(age))]!++;
    this.#aged += ages.length;
  }

  /** @param watchedMs milliseconds in which frames came (StreamClock.watched) */
  summary(
    watchedMs: number,
  ): Pick<Summary, 'frames' | 'cameraFrames' | 'seconds' | 'fps' | 'cameraFps' | 'faces' | 'latencyMs'> {
    const seconds = watchedMs / 1000;
    return {
      frames: this.frames,
      cameraFrames: this.#cameraFrames,
      seconds: rounded(seconds),
      // The first frame opens the time that is counted.
      fps: seconds > 0 ? rounded((this.frames - 1) / seconds) : 0,
      cameraFps: this.#measuredSeconds > 0 ? rounded(this.#cameraFrames / this.#measuredSeconds) : 0,
      faces: this.faces,
      latencyMs: this.#aged > 0 ? { p50: this.#percentile(0.5), p95: this.#percentile(0.95) } : null,
    };
  }

  /** The age in whole milliseconds that a share of the verdicts did not exceed. */
  #percentile(share: number): number {
    let left = Math.ceil(share * this.#aged);
    return this.#ages.findIndex((count) => (left -= count) <= 0);
  }
}

/** What a page measured since it last told, as rates. */
export function liveRate({
  cameraFrames,
  frames,
  seconds,
  ages,
}: Pick<Measurements, 'cameraFrames' | 'frames' | 'seconds' | 'ages'>): LiveRate {
  const time = Math.max(seconds, 0.001);
  const middle = [...ages].sort((a, b) => a - b)[Math.floor(ages.length / 2)];
  return {
    cameraPerSecond: Math.round(cameraFrames / time),
    looksPerSecond: Math.round(frames / time),
    behindMs: middle === undefined ? null : Math.round(middle),
  };
}

/** The value that a share of them does not exceed, in whole numbers. @param values at least one */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.ceil(sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!);
}

/** To two decimals. */
const rounded = (x: number): number => Math.round(x * 100) / 100;
