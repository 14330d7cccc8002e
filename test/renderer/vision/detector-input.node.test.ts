/** The size a region is given to the detector in: cheap to shrink to, and fine enough for its boxes. */
import { describe, expect, it } from 'vitest';
import type { Box } from '../../../src-main/geometry';
import { inputFor } from '../../../src-renderer/vision/detector-input';

describe('inputFor', () => {
  it.each<[Box, number, number]>([
    [[0, 0, 1280, 720], 640, 360],
    [[0, 0, 1920, 1080], 640, 360],
    [[0, 0, 640, 480], 640, 480],
    [[280, 0, 720, 720], 360, 360],
    [[568.9, 320, 711.1, 400], 355, 200],
    [[10.5, 20.5, 120, 90], 576, 432],
  ])('gives %j to MediaPipe in %i × %i', (region, width, height) => {
    const [looked, size] = inputFor(region);
    expect(size).toEqual({ width, height });
    // What is looked at is the region, but for a pixel or two at its edges.
    looked.forEach((n, i) => expect(Math.abs(n - region[i]!)).toBeLessThan(3));
    expect(looked[0] + looked[2]).toBeLessThanOrEqual(region[0] + region[2]);
  });
});
