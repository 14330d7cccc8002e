/** Learning-rate schedules: from a step to a rate. */

/**
 * Linear warm-up, then half a cosine down to `floor` (Loshchilov & Hutter 2017).
 *
 * @param step from 0
 * @param steps in all, warm-up included
 * @param peak the highest rate
 */
export function cosine(step: number, steps: number, peak: number, warmup: number, floor = 0): number {
  if (step < warmup) return (peak * (step + 1)) / warmup;
  const progress = Math.min(1, (step - warmup) / Math.max(1, steps - warmup));
  return floor + ((peak - floor) * (1 + Math.cos(Math.PI * progress))) / 2;
}

/**
 * The rate divided by `factor` each time a further `every` steps are done.
 *
 * @param step from 0
 * @param peak the first rate
 */
export const stepped = (step: number, peak: number, every: number, factor = 10): number =>
  peak / factor ** Math.floor(step / every);

/**
 * One cycle (Smith & Topin 2018): from a 25th of the peak up along half a cosine, over a share of the steps, then
 * down along another to almost nothing.
 *
 * @param step from 0
 * @param steps in all
 * @param peak the highest rate
 * @param rising share of the steps that go up, 0 to 1
 */
export function oneCycle(step: number, steps: number, peak: number, rising = 0.3): number {
  const between = (from: number, to: number, share: number) =>
    to + ((from - to) * (1 + Math.cos(Math.PI * Math.min(1, Math.max(0, share))))) / 2;
  const top = Math.max(1, rising * steps);
  return step < top
    ? between(peak / 25, peak, step / top)
    : between(peak, peak / 1e4, (step - top) / (steps - top));
}

export const SCHEDULES = ['cosine', 'step', 'one-cycle', 'constant'] as const;
export type ScheduleName = (typeof SCHEDULES)[number];

/**
 * A schedule by its name: from a step (from 0), and the steps in all, to a rate.
 *
 * @param peak the highest rate
 */
export function scheduleOf(name: ScheduleName, peak: number): (step: number, steps: number) => number {
  switch (name) {
    case 'cosine':
      return (step, steps) => cosine(step, steps, peak, Math.min(500, Math.ceil(steps / 20)));
    case 'step':
      return (step, steps) => stepped(step, peak, Math.ceil(steps / 3));
    case 'one-cycle':
      return (step, steps) => oneCycle(step, steps, peak);
    case 'constant':
      return () => peak;
    default:
      return name satisfies never;
  }
}
