import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IMAGENET, plainView, ViewMaker } from '../../src-main/data/augment';
import { type Augmentation, DEFAULT_AUGMENTATION, NO_AUGMENTATION } from '../../src-main/data/augmentation';
import type { Picture } from '../../src-main/data/decode';
import { meanLuma } from '../../src-main/data/effects';
import { jpegArtefacts } from '../../src-main/data/jpeg';
import { warp, WHOLE } from '../../src-main/data/warp';
import { seeded } from '../../src-main/random';
import { blobs } from './drawn';

const warped = (picture: Picture, view: typeof WHOLE, size: number) => {
  const out = new Uint8Array(size * size * 3);
  warp(picture, view, out, size);
  return out;
};
const worst = (a: Uint8Array, b: Uint8Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
const mean = (a: ArrayLike<number>) => Array.from(a).reduce((sum, value) => sum + value, 0) / a.length;

describe('warp', () => {
  test('the whole picture at its own size is the picture, to the byte', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(), (size, seed) => {
        const picture = blobs(seed, size);
        expect(warped(picture, WHOLE, size)).toEqual(picture.data);
      }),
      { numRuns: 30 },
    );
  });

  test('a quarter turn and a mirror move pixels and change none', () => {
    const { data } = blobs(1, 32);
    const at = (x: number, y: number) => Array.from(data.subarray((y * 32 + x) * 3, (y * 32 + x) * 3 + 3));
    const turned = warped(blobs(1, 32), { ...WHOLE, a: 0, b: -1, c: 1, d: 0 }, 32);
    const mirrored = warped(blobs(1, 32), { ...WHOLE, a: -1 }, 32);
    for (const [x, y] of [
      [0, 0],
      [5, 20],
      [31, 8],
    ] as const) {
      expect(Array.from(turned.subarray((y * 32 + x) * 3, (y * 32 + x) * 3 + 3))).toEqual(at(31 - y, x));
      expect(Array.from(mirrored.subarray((y * 32 + x) * 3, (y * 32 + x) * 3 + 3))).toEqual(at(31 - x, y));
    }
  });

  test('one colour stays that colour under any view', () => {
    const number = fc.double({ min: -1.5, max: 1.5, noNaN: true });
    fc.assert(
      fc.property(number, number, number, number, number, number, (a, b, c, d, cx, cy) => {
        const flat = { width: 20, height: 14, data: new Uint8Array(20 * 14 * 3).fill(137) };
        expect(warped(flat, { a, b, c, d, cx, cy }, 9).every((value) => value === 137)).toBe(true);
      }),
    );
  });

  test('shrinking averages: stripes finer than the output become their mean, not a pattern', () => {
    const data = Uint8Array.from({ length: 128 * 128 * 3 }, (_, i) =>
      Math.floor(i / 3) % 2 === 0 ? 0 : 255,
    );
    const out = warped({ width: 128, height: 128, data }, WHOLE, 24);
    expect(Math.min(...out)).toBeGreaterThan(120);
    expect(Math.max(...out)).toBeLessThan(136);
  });

  test('over the edge the picture goes on mirrored', () => {
    const { data } = blobs(2, 16);
    const out = warped(blobs(2, 16), { ...WHOLE, cx: 0.5 - 4 / 16 }, 16);
    const pixel = (bytes: Uint8Array, x: number) => Array.from(bytes.subarray(x * 3, x * 3 + 3));
    for (let x = 0; x < 4; x++) expect(pixel(out, x)).toEqual(pixel(data, 3 - x));
    expect(pixel(out, 4)).toEqual(pixel(data, 0));
  });
});

describe('augmented views', () => {
  const picture = blobs(3, 120);
  const maker = new ViewMaker(64, IMAGENET);
  const view = (augmentation: Augmentation, seed: number) =>
    Uint8Array.from(maker.augmented(picture, augmentation, seeded(seed)));

  test('without augmentation they are the plain view', () => {
    expect(view(NO_AUGMENTATION, 5)).toEqual(Uint8Array.from(maker.plain(picture)));
  });

  test('the same generator gives the same view, another one another', () => {
    expect(view(DEFAULT_AUGMENTATION, 1)).toEqual(view(DEFAULT_AUGMENTATION, 1));
    expect(view(DEFAULT_AUGMENTATION, 1)).not.toEqual(view(DEFAULT_AUGMENTATION, 2));
  });

  const always: Partial<Augmentation>[] = [
    { flip: 1 },
    { colour: 1 },
    { grey: 1 },
    { sidelight: 1 },
    { distant: 1 },
    { blur: 1 },
    { motion: 1 },
    { noise: 1 },
    { jpeg: 1 },
    { patch: 1 },
    { harsh: 1, harshLight: [0.1, 0.1] },
  ];
  test.each(always)('%o changes the picture and keeps its likeness', (one) => {
    const plain = Uint8Array.from(maker.plain(picture));
    const changed = view({ ...NO_AUGMENTATION, ...one }, 11);
    expect(changed).not.toEqual(plain);
    // Its lightness stays near; only colour and sidelight may move it, and not by more than half.
    expect(meanLuma(changed) / meanLuma(plain)).toBeGreaterThan(0.5);
    expect(meanLuma(changed) / meanLuma(plain)).toBeLessThan(2);
  });

  test('harshness is of three kinds, and takes no light from a dark crop', () => {
    const dark = { ...picture, data: picture.data.map((value) => value >> 2) };
    const spread = (bytes: Uint8Array) => Math.max(...bytes) - Math.min(...bytes);
    const plain = Uint8Array.from(maker.plain(dark));
    const lumas: number[] = [];
    const spreads: number[] = [];
    for (let seed = 0; seed < 60; seed++) {
      const harsh = maker.augmented(dark, { ...NO_AUGMENTATION, harsh: 1 }, seeded(seed));
      lumas.push(meanLuma(harsh) - meanLuma(plain));
      spreads.push(spread(harsh) / spread(plain));
    }
    expect(Math.min(...lumas)).toBeGreaterThan(-0.02);
    expect(lumas.filter((luma) => luma > 0.1).length).toBeGreaterThan(10);
    expect(spreads.filter((factor) => factor < 0.7).length).toBeGreaterThan(10);
    expect(spreads.filter((factor) => factor > 1.3).length).toBeGreaterThan(10);
  });

  test('grey has no colour', () => {
    const grey = view({ ...NO_AUGMENTATION, grey: 1 }, 1);
    for (let i = 0; i < grey.length; i += 3) {
      expect(Math.abs(grey[i]! - grey[i + 1]!)).toBeLessThanOrEqual(1);
      expect(Math.abs(grey[i]! - grey[i + 2]!)).toBeLessThanOrEqual(1);
    }
  });

  test('a dark crop gets no darker', () => {
    const dark = { ...picture, data: picture.data.map((value) => value >> 2) };
    const before = meanLuma(maker.plain(dark));
    for (let seed = 0; seed < 40; seed++) {
      const colour: Augmentation = {
        ...NO_AUGMENTATION,
        colour: 1,
        sidelight: 1,
        tint: 0,
        saturation: [1, 1],
      };
      expect(meanLuma(maker.augmented(dark, colour, seeded(seed)))).toBeGreaterThan(0.95 * before);
    }
  });

  test('a patch keeps off the middle, where the class shows', () => {
    const plain = Uint8Array.from(maker.plain(picture));
    for (let seed = 0; seed < 40; seed++) {
      const patched = view({ ...NO_AUGMENTATION, patch: 1 }, seed);
      for (let y = 24; y < 40; y++)
        expect(patched.slice((y * 64 + 24) * 3, (y * 64 + 40) * 3)).toEqual(
          plain.slice((y * 64 + 24) * 3, (y * 64 + 40) * 3),
        );
    }
  });
});

test('JPEG of quality 100 changes next to nothing, of 10 visibly, at any size', () => {
  for (const size of [8, 13, 40]) {
    // Grey, so that halving the colours' resolution has no part in it.
    const grey = blobs(4, size).data.map((_, i, all) => all[i - (i % 3)]!);
    const compressed = (quality: number) => {
      const pixels = Uint8Array.from(grey);
      jpegArtefacts(pixels, size, quality);
      return pixels;
    };
    expect(worst(compressed(100), grey)).toBeLessThanOrEqual(3);
    expect(worst(compressed(10), grey)).toBeGreaterThan(8);
    expect(Math.abs(mean(compressed(10)) - mean(grey))).toBeLessThan(6);
  }
});

test('the plain input is (byte / 255 − mean) / std, a plane a channel', () => {
  const picture = blobs(6, 10);
  const out = new Float32Array(300);
  plainView(picture, out, 10);
  for (const [k, pixel] of [
    [0, 0],
    [1, 37],
    [2, 99],
  ] as const)
    expect(out[k * 100 + pixel]).toBeCloseTo(
      (picture.data[pixel * 3 + k]! / 255 - IMAGENET.mean[k]!) / IMAGENET.std[k]!,
      5,
    );
});
