/** Corruptions: repeatable, worse with every strength, and what their names say. */
import { describe, expect, test } from 'vitest';
import { CORRUPTIONS, STRENGTHS, corruptionAt } from '../../src-main/data/corruptions';
import { meanLuma } from '../../src-main/data/effects';
import { sharpness } from '../../src-main/data/sharpness';
import { seeded } from '../../src-main/random';
import { blobs } from './drawn';

const SIZE = 112;
const picture = blobs(3, SIZE).data;

function corrupted(name: (typeof CORRUPTIONS)[number], strength: (typeof STRENGTHS)[number], seed = 1) {
  const pixels = picture.slice();
  corruptionAt(name, strength)(pixels, SIZE, seeded(seed));
  return pixels;
}
/** Mean absolute difference to the picture, in grey levels. */
const apart = (pixels: Uint8Array): number =>
  pixels.reduce((sum, value, i) => sum + Math.abs(value - picture[i]!), 0) / pixels.length;

describe.each(CORRUPTIONS)('%s', (name) => {
  test('is worse with every strength', () => {
    const each = STRENGTHS.map((strength) => apart(corrupted(name, strength)));
    expect(each[0]).toBeGreaterThan(0);
    expect(each).toEqual([...each].sort((a, b) => a - b));
    expect(new Set(each).size).toBe(STRENGTHS.length);
  });
  test('is the same for the same seed', () => {
    expect(corrupted(name, 3)).toEqual(corrupted(name, 3));
  });
});

test('noise is other noise for another seed', () => {
  expect(corrupted('noise', 1, 2)).not.toEqual(corrupted('noise', 1));
});

test('blur takes sharpness, brightness lightens, low light darkens, contrast keeps the mean', () => {
  expect(sharpness(corrupted('blur', 5), 0, SIZE)).toBeLessThan(0.5 * sharpness(picture, 0, SIZE));
  expect(meanLuma(corrupted('brightness', 2))).toBeGreaterThan(meanLuma(picture) + 0.1);
  expect(meanLuma(corrupted('low light', 5))).toBeLessThan(0.35 * meanLuma(picture));
  expect(meanLuma(corrupted('contrast', 4))).toBeCloseTo(meanLuma(picture), 1);
});

test('pixelate leaves as many colours to a row as it has pixels, and the mean', () => {
  const pixels = corrupted('pixelate', 5);
  const row = Array.from({ length: SIZE }, (_, x) => pixels.slice(3 * x, 3 * x + 3).join());
  expect(row.filter((colour, x) => colour !== row[x - 1]).length).toBe(SIZE / 4);
  expect(meanLuma(pixels)).toBeCloseTo(meanLuma(picture), 1);
});
