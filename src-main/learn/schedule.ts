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
