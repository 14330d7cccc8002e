/** Figures of how well a model judges. */
import * as v from 'valibot';

/** 0 to 1. */
export const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

/** Metrics over one set, as `maskwatch evaluate` prints them. */
export const metricsSchema = v.object({
  n: v.pipe(v.number(), v.integer(), v.minValue(0)),
  accuracy: share,
  /** Mean of the recalls of the classes present. */
  balancedAccuracy: share,
  /** matrix[truth][prediction], counts. */
  confusion: v.object({ labels: v.array(v.string()), matrix: v.array(v.array(v.number())) }),
  perClass: v.record(
    v.string(),
    v.object({
      n: v.number(),
      precision: v.nullable(share),
      recall: v.nullable(share),
      f1: v.nullable(share),
    }),
  ),
  /** Expected calibration error over 15 equal bins of confidence. */
  ece: share,
});
export type Metrics = v.InferOutput<typeof metricsSchema>;
