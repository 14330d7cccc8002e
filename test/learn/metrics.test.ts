import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bestTemperature, metricsOf, softmaxRows } from '../../src-main/learn/metrics';
import { cosine } from '../../src-main/learn/schedule';
import { seeded } from '../../src-main/random';

/** Rows of certainty in the given classes. */
const sure = (classes: number[], p = 1) =>
  Float32Array.from(classes.flatMap((k) => [0, 1, 2].map((c) => (c === k ? p : (1 - p) / 2))));

describe('metrics', () => {
  test('of a known confusion', () => {
    const truths = [0, 0, 0, 0, 1, 1, 2, 2];
    const metrics = metricsOf(sure([0, 0, 0, 1, 1, 2, 2, 2]), truths);
    expect(metrics.confusion.matrix).toEqual([
      [3, 1, 0],
      [0, 1, 1],
      [0, 0, 2],
    ]);
    expect(metrics.accuracy).toBeCloseTo(6 / 8);
    expect(metrics.balancedAccuracy).toBeCloseTo((0.75 + 0.5 + 1) / 3);
    expect(metrics.perClass['incorrect']).toEqual({ n: 2, precision: 0.5, recall: 0.5, f1: 0.5 });
    expect(metrics.perClass['none']!.precision).toBeCloseTo(2 / 3);
  });
  test('a class that is not there counts neither way', () => {
    const metrics = metricsOf(sure([0, 2]), [0, 2]);
    expect(metrics.balancedAccuracy).toBe(1);
    expect(metrics.perClass['incorrect']).toEqual({ n: 0, precision: null, recall: null, f1: null });
  });
  test('calibration error is the gap between confidence and accuracy', () => {
    expect(metricsOf(sure([0, 0, 0, 0], 0.75), [0, 0, 0, 1]).ece).toBeCloseTo(0, 5);
    expect(metricsOf(sure([0, 0], 0.9), [1, 1]).ece).toBeCloseTo(0.9, 5);
  });
  test('are the same whatever the order of the samples', () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { minLength: 1, maxLength: 30 }), (pairs) => {
        const of = (list: [number, number][]) =>
          metricsOf(
            sure(
              list.map(([p]) => p),
              0.9,
            ),
            list.map(([, t]) => t),
          );
        const [a, b] = [of(pairs), of(pairs.toReversed())];
        expect(b.confusion).toEqual(a.confusion);
        expect(b.ece).toBeCloseTo(a.ece, 6);
        expect(a.confusion.matrix.flat().reduce((x, y) => x + y)).toBe(pairs.length);
      }),
    ));
  test('softmax rows sum to 1, and do not overflow', () => {
    const rows = softmaxRows(Float32Array.of(1000, 0, -1000, 1, 1, 1), 3);
    expect(Array.from(rows.subarray(0, 3))).toEqual([1, 0, 0]);
    expect(rows[3]).toBeCloseTo(1 / 3);
  });
});

test('the best temperature undoes overconfidence', () => {
  // Labels drawn from softmax(z): z is calibrated, 3·z needs a temperature of 3.
  const next = seeded(1);
  const logits = Float32Array.from({ length: 3 * 4000 }, () => next() * 4 - 2);
  const p = softmaxRows(logits, 3);
  const truths = Array.from({ length: 4000 }, (_, i) => {
    const u = next();
    return u < p[3 * i]! ? 0 : u < p[3 * i]! + p[3 * i + 1]! ? 1 : 2;
  });
  expect(
    bestTemperature(
      logits.map((z) => 3 * z),
      truths,
      3,
    ),
  ).toBeCloseTo(3, 0);
  expect(bestTemperature(logits, truths, 3)).toBeCloseTo(1, 0);
});

test('the cosine schedule warms up, peaks and comes down', () => {
  const rates = Array.from({ length: 100 }, (_, step) => cosine(step, 100, 1, 10));
  expect(rates[0]).toBeCloseTo(0.1);
  expect(Math.max(...rates)).toBe(1);
  expect(rates.indexOf(1)).toBe(9);
  for (let i = 10; i < 99; i++) expect(rates[i + 1]).toBeLessThan(rates[i]!);
  expect(rates[99]).toBeLessThan(0.01);
});
