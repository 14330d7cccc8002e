import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mirrored } from '../../src-main/nets/both-ways';

describe('mirrored pictures', () => {
  test('have each row turned round, the numbers of a pixel in their order', () => {
    const bytes = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    expect([...mirrored(bytes, 2, 3)]).toEqual([4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9]);
    expect([...mirrored(Float32Array.from([1, 2, 3, 4, 5, 6]), 3, 1)]).toEqual([3, 2, 1, 6, 5, 4]);
  });
  test('mirrored again are what they were', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom(1, 3),
        (width, rows, perPixel) => {
          const pixels = Uint8Array.from({ length: width * rows * perPixel }, (_, i) => (i * 37) % 251);
          expect(mirrored(mirrored(pixels, width, perPixel), width, perPixel)).toEqual(pixels);
        },
      ),
    );
  });
});
