/** When a classifier had better say that it is not sure. */
import { describe, expect, test } from 'vitest';
import { unsureOf } from '../../src-main/learn/unsure';
import { seeded } from '../../src-main/random';

/** Answers of every confidence from 0.4; `right` says how often they are right. */
function below(n: number, right: (confidence: number) => number) {
  const random = seeded(1);
  const probabilities = new Float32Array(3 * n);
  const truths = Array.from({ length: n }, (_, i) => {
    const truth = Math.floor(3 * random());
    const confidence = 0.4 + 0.6 * random();
    const said = random() < right(confidence) ? truth : (truth + 1) % 3;
    for (let k = 0; k < 3; k++) probabilities[3 * i + k] = k === said ? confidence : (1 - confidence) / 2;
    return truth;
  });
  return unsureOf(probabilities, truths)!;
}

describe('unsure below', () => {
  test('is where one answer in four is wrong', () => {
    const calibrated = below(20_000, (confidence) => confidence);
    expect(calibrated.below).toBeGreaterThan(0.71);
    expect(calibrated.below).toBeLessThan(0.79);
    // Of the answers between, the mean confidence is in the middle.
    expect(calibrated.wrongBelow).toBeCloseTo(1 - (0.4 + calibrated.below) / 2, 1);
    expect(calibrated.wrongAbove).toBeCloseTo(1 - (1 + calibrated.below) / 2, 1);
    expect(calibrated.withheld).toBeCloseTo((calibrated.below - 0.4) / 0.6, 1);
  });

  test('follows how often it is right, not how sure it says it is', () => {
    const bold = below(5000, (confidence) => confidence - 0.15);
    const shy = below(5000, (confidence) => Math.min(1, confidence + 0.15));
    expect(bold.below).toBeGreaterThan(0.85);
    expect(shy.below).toBeLessThan(0.65);
  });

  test('has ends: one that is always right, and one that hardly ever is', () => {
    expect(below(500, () => 1)).toMatchObject({ below: 0.5, wrongBelow: 0, wrongAbove: 0 });
    expect(below(500, () => 0.1).below).toBe(0.95);
  });

  test('is not told of few pictures', () => {
    expect(below(99, (confidence) => confidence)).toBeUndefined();
    expect(below(100, (confidence) => confidence)).toBeDefined();
  });
});
