/**
 * How memory and open files went during a soak test: a straight line through the settled part of the run, with how far
 * it can be trusted. What goes up and down as the collector comes and goes must not pass for growth, nor growth for that.
 */

/** Megabytes are 10⁶ bytes; times are seconds since the start. */
export interface Sample {
  at: number;
  /** Since the first. */
  looks: number;
  /** What main has to itself, as the system counts it. */
  mainMB: number;
  /** JavaScript objects in use when V8 last collected all of them: what is held. Null before the first time. */
  heapMB: number | null;
  /** Of that, the machine code and bytecode V8 made of functions, its own included: it comes as they are called often. */
  codeMB: number | null;
  /** The rest: objects, and what V8 notes of the kinds of values that its functions met. */
  dataMB: number | null;
  /** What main has to itself beside the room that V8 keeps for objects: sessions, buffers, SQLite, the allocator's own. */
  nativeMB: number;
  /** Of all the browser's processes. */
  browserMB: number;
  /** Files, sockets and pipes that main has open. */
  handles: number;
}
export type Measured = Exclude<keyof Sample, 'at' | 'looks'>;

export interface Trend {
  perHour: number;
  /** Half the width of its 95 % confidence interval: a growth that is not larger than this was not seen. */
  plusMinus: number;
}

/** The share of a run, at its beginning, in which memory may still grow: what is loaded is loaded then. */
const WARM_UP = 0.25;
/** Parts that the rest is cut into. Samples of one moment resemble those before and after; means of parts hardly do. */
const PARTS = 10;
/** Student's t, two-sided 95 %, for 1 to 8 degrees of freedom. */
const T95 = [12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306];

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

/** The settled part's means, as [seconds, value], oldest first; parts without a sample are left out. */
function partsOf(samples: readonly Sample[], of: Measured): [at: number, value: number][] {
  const end = samples.at(-1)?.at ?? 0;
  const begin = WARM_UP * end;
  const parts: [number, number][][] = Array.from({ length: PARTS }, () => []);
  for (const sample of samples) {
    const value = sample[of];
    if (value === null || sample.at < begin) continue;
    const part = Math.floor((PARTS * (sample.at - begin)) / (end - begin));
    parts[Math.min(PARTS - 1, part)]!.push([sample.at, value]);
  }
  return parts
    .filter((part) => part.length > 0)
    .map((part) => [mean(part.map(([at]) => at)), mean(part.map(([, value]) => value))]);
}

/** Change per hour of a value after the warm-up, by least squares; null where fewer than three parts were sampled. */
export function trendOf(samples: readonly Sample[], of: Measured): Trend | null {
  const parts = partsOf(samples, of);
  const free = parts.length - 2;
  if (free < 1) return null;
  const [meanAt, meanValue] = [mean(parts.map(([at]) => at)), mean(parts.map(([, value]) => value))];
  const spread = parts.reduce((sum, [at]) => sum + (at - meanAt) ** 2, 0);
  const slope = parts.reduce((sum, [at, value]) => sum + (at - meanAt) * (value - meanValue), 0) / spread;
  const left = parts.reduce((sum, [at, value]) => sum + (value - meanValue - slope * (at - meanAt)) ** 2, 0);
  return {
    perHour: 3600 * slope,
    plusMinus: 3600 * T95[free - 1]! * Math.sqrt(left / free / spread),
  };
}
