/** The region's rectangle: whatever is dragged, it stays inside the picture and is never empty. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { between, moved, resized, SMALLEST, type Region } from '../../../src-renderer/live/region';

const anywhere = fc.double({ min: -1, max: 2, noNaN: true });

function expectSound([x, y, width, height]: Region): void {
  for (const [from, size] of [
    [x, width],
    [y, height],
  ] as const) {
    expect(from).toBeGreaterThanOrEqual(0);
    expect(size).toBeGreaterThanOrEqual(SMALLEST - 0.002);
    expect(from + size).toBeLessThanOrEqual(1.002);
  }
}

describe('the region', () => {
  it('is sound wherever it is drawn, moved or resized', () => {
    fc.assert(
      fc.property(
        anywhere,
        anywhere,
        anywhere,
        anywhere,
        fc.constantFrom(0, 1, 2, 3),
        (a, b, c, d, corner) => {
          const drawn = between(a, b, c, d);
          expectSound(drawn);
          expectSound(moved(drawn, c, d));
          expectSound(resized(drawn, corner as 0 | 1 | 2 | 3, a, d));
        },
      ),
    );
  });

  it('is drawn in any direction', () => {
    expect(between(0.8, 0.9, 0.2, 0.3)).toEqual([0.2, 0.3, 0.6, 0.6]);
  });

  it('keeps its size when moved against the edge', () => {
    expect(moved([0.5, 0.5, 0.4, 0.4], 0.9, -0.9)).toEqual([0.6, 0, 0.4, 0.4]);
  });

  it('keeps the opposite corner when one is dragged', () => {
    expect(resized([0.2, 0.2, 0.4, 0.4], 0, 0.1, -0.1)).toEqual([0.3, 0.1, 0.3, 0.5]);
    expect(resized([0.2, 0.2, 0.4, 0.4], 3, 9, 9)).toEqual([0.2, 0.2, 0.8, 0.8]);
  });
});
