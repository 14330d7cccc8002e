/** The operator's strictness around what the model's card says. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NEUTRAL, thresholdOf } from '../../src-main/api';
import { DEFAULT_SETTINGS } from '../../src-main/store/settings';

const setting = fc.double({ min: 0.4, max: 0.99, noNaN: true });
const below = fc.double({ min: 0.5, max: 0.95, noNaN: true });

test('a fresh install asks for what the card says', () => {
  expect(DEFAULT_SETTINGS.verdictThreshold).toBe(NEUTRAL);
  fc.assert(
    fc.property(below, (card) => {
      expect(thresholdOf(NEUTRAL, card)).toBeCloseTo(card, 9);
    }),
  );
});

test('a card that says nothing leaves the setting as it is', () => {
  expect(thresholdOf(0.73, undefined)).toBe(0.73);
});

test('stricter is never lower, and all stays a probability that can be reached', () => {
  fc.assert(
    fc.property(setting, setting, below, (a, b, card) => {
      const [lenient, strict] = [Math.min(a, b), Math.max(a, b)].map((each) => thresholdOf(each, card));
      expect(lenient).toBeLessThanOrEqual(strict!);
      expect(lenient).toBeGreaterThanOrEqual(0.4);
      expect(strict).toBeLessThanOrEqual(0.99);
    }),
  );
});
