/** Shrinking against its definition: each source pixel counts by the area it has under the output pixel. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Box, Size } from '../../../src-main/geometry';
import { rgbaPicture, yuvMatrix, type Picture, type Plane } from '../../../src-renderer/vision/picture';
import { Shrinker } from '../../../src-renderer/vision/shrink';

const WIDTH = 24;
const HEIGHT = 18;

/** A picture of noise, the same for a seed: RGB, or luma with chroma of half the size, as separate or woven planes. */
function noise(kind: 'rgba' | 'i420' | 'nv12', seed: number): Picture {
  let state = seed + 1;
  const bytes = (count: number): Uint8Array =>
    Uint8Array.from({ length: count }, () => (state = (state * 48271) % 2147483647) & 255);
  if (kind === 'rgba') {
    const data = new Uint8ClampedArray(bytes(WIDTH * HEIGHT * 4));
    return rgbaPicture({ data, width: WIDTH, height: HEIGHT });
  }
  const luma = WIDTH * HEIGHT;
  const data = bytes(luma * 1.5);
  const half = { data, width: WIDTH / 2, height: HEIGHT / 2 };
  const woven = { ...half, step: 2, stride: WIDTH };
  const apart = { ...half, step: 1, stride: WIDTH / 2 };
  return {
    width: WIDTH,
    height: HEIGHT,
    matrix: yuvMatrix({ matrix: 'bt709', fullRange: true }),
    planes: [
      { data, offset: 0, step: 1, stride: WIDTH, width: WIDTH, height: HEIGHT },
      kind === 'nv12' ? { ...woven, offset: luma } : { ...apart, offset: luma },
      kind === 'nv12' ? { ...woven, offset: luma + 1 } : { ...apart, offset: luma * 1.25 },
    ],
  };
}

/** A plane's mean over a window of at least one pixel about each output pixel, pixel by pixel. */
function plainly(plane: Plane, [x, y, width, height]: Box, size: Size, column: number, row: number): number {
  const window = (from: number, length: number, outputs: number, at: number, limit: number) => {
    const scale = length / outputs;
    const [centre, half] = [from + (at + 0.5) * scale, Math.max(scale, 1) / 2];
    return [Math.max(0, centre - half), Math.min(limit, centre + half)] as const;
  };
  const [left, right] = window(x, width, size.width, column, plane.width);
  const [top, bottom] = window(y, height, size.height, row, plane.height);
  let sum = 0;
  for (let v = 0; v < plane.height; v++) {
    for (let u = 0; u < plane.width; u++) {
      const across = Math.min(right, u + 1) - Math.max(left, u);
      const down = Math.min(bottom, v + 1) - Math.max(top, v);
      if (across <= 0 || down <= 0) continue;
      sum += across * down * plane.data[plane.offset + v * plane.stride + u * plane.step]!;
    }
  }
  return sum / ((right - left) * (bottom - top));
}

function expected(picture: Picture, [x, y, width, height]: Box, size: Size, i: number): number[] {
  const [a, b, c] = picture.planes.map((plane) => {
    const [across, down] = [plane.width / picture.width, plane.height / picture.height];
    const part: Box = [x * across, y * down, width * across, height * down];
    return plainly(plane, part, size, i % size.width, Math.floor(i / size.width));
  }) as [number, number, number];
  const m = picture.matrix;
  if (!m) return [a, b, c];
  const [light, u, v] = [(a - m.black) * m.gain, b - 128, c - 128];
  return [light + m.redV * v, light + m.greenU * u + m.greenV * v, light + m.blueU * u];
}

function expectMean(picture: Picture, region: Box, size: Size, step: 3 | 4): void {
  const target = new Uint8ClampedArray(5 + size.width * size.height * step).fill(7);
  new Shrinker().shrink(picture, region, size, target, 5, step);
  expect([...target.subarray(0, 5)]).toEqual([7, 7, 7, 7, 7]);
  let worst = 0;
  for (let i = 0; i < size.width * size.height; i++) {
    const at = 5 + i * step;
    expected(picture, region, size, i).forEach((value, channel) => {
      const clipped = Math.min(255, Math.max(0, value));
      worst = Math.max(worst, Math.abs(target[at + channel]! - clipped));
    });
    if (step === 4 && target[at + 3] !== 7) throw new Error(`the fourth byte of pixel ${i} was written`);
  }
  // Bytes are rounded, weights are of single precision.
  expect(worst).toBeLessThan(0.51);
}

describe('shrink', () => {
  const kind = fc.constantFrom('rgba' as const, 'i420' as const, 'nv12' as const);
  const seed = fc.integer({ min: 0, max: 1000 });
  const step = fc.constantFrom(3 as const, 4 as const);

  it('is the mean by area of any part, smaller or larger, of any kind of picture', () => {
    const side = (most: number) =>
      fc.tuple(
        fc.double({ min: 0, max: most - 2, noNaN: true }),
        fc.double({ min: 2, max: most, noNaN: true }),
      );
    const output = fc.integer({ min: 1, max: 30 });
    fc.assert(
      fc.property(
        kind,
        seed,
        step,
        side(WIDTH),
        side(HEIGHT),
        output,
        output,
        (kind, seed, step, [x, w], [y, h], width, height) => {
          const region: Box = [x, y, Math.min(w, WIDTH - x), Math.min(h, HEIGHT - y)];
          expectMean(noise(kind, seed), region, { width, height }, step);
        },
      ),
    );
  });

  it('is the same by whole blocks, on even and odd places', () => {
    const place = fc.integer({ min: 0, max: 5 });
    fc.assert(
      fc.property(kind, seed, place, place, fc.integer({ min: 1, max: 4 }), (kind, seed, x, y, block) => {
        const size = { width: Math.floor((WIDTH - x) / block), height: Math.floor((HEIGHT - y) / block) };
        expectMean(noise(kind, seed), [x, y, size.width * block, size.height * block], size, 4);
      }),
    );
  });
});

describe('yuvMatrix', () => {
  it.each([
    ['smpte170m', false, [81, 90, 240], [255, 0, 0]],
    ['smpte170m', true, [76, 85, 255], [254, 0, 0]],
    ['bt709', false, [63, 102, 240], [255, 0, 0]],
    [null, null, [145, 54, 34], [0, 255, 1]],
  ] as const)('turns %s (full range: %s) %j into RGB', (matrix, fullRange, [y, u, v], rgb) => {
    const m = yuvMatrix({ matrix: matrix as VideoMatrixCoefficients | null, fullRange });
    const light = (y - m.black) * m.gain;
    const found = [
      light + m.redV * (v - 128),
      light + m.greenU * (u - 128) + m.greenV * (v - 128),
      light + m.blueU * (u - 128),
    ];
    rgb.forEach((value, i) =>
      expect(Math.abs(Math.min(255, Math.max(0, found[i]!)) - value)).toBeLessThan(2.5),
    );
  });
});
