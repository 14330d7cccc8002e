import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MASK_CLASSES } from '../../src-main/api';
import { IMAGENET, ViewMaker } from '../../src-main/data/augment';
import { DEFAULT_AUGMENTATION, NO_AUGMENTATION } from '../../src-main/data/augmentation';
import type { Label } from '../../src-main/data/folders';
import { drawOcclusion, occlude, OCCLUSION_KINDS, type Occlusion } from '../../src-main/data/occlusion';
import { seeded } from '../../src-main/random';
import { blobs } from './drawn';

const labels = MASK_CLASSES.map((_, label) => label as Label);
const [CORRECT, INCORRECT, NONE] = ['correct', 'incorrect', 'none'].map(
  (name) => (MASK_CLASSES as readonly string[]).indexOf(name) as Label,
) as [Label, Label, Label];
const SIDES = DEFAULT_AUGMENTATION.occlusionSide;
const drawn = (n: number, label: Label) =>
  Array.from({ length: n }, (_, seed) => drawOcclusion(SIDES, label, seeded(seed)));
const share = (all: Occlusion[], is: (one: Occlusion) => boolean) => all.filter(is).length / all.length;
/** Which pixels of a flat grey-green crop a patch changed. */
function touched(occlusion: Occlusion, size = 64, seed = 1): boolean[] {
  const ground = [90, 140, 60];
  const pixels = Uint8Array.from({ length: size * size * 3 }, (_, i) => ground[i % 3]!);
  occlude(pixels, size, occlusion, seeded(seed));
  return Array.from({ length: size * size }, (_, i) => ground.some((g, k) => pixels[3 * i + k] !== g));
}

describe('what is drawn', () => {
  test('all kinds equally often, sides over their whole range, anywhere over the face, its middle included', () => {
    const all = [...drawn(2000, CORRECT), ...drawn(2000, NONE)];
    for (const kind of OCCLUSION_KINDS) expect(share(all, (one) => one.kind === kind)).toBeCloseTo(0.2, 1);
    const sides = all.map(({ halfWidth }) => 2 * halfWidth);
    expect(Math.min(...sides)).toBeCloseTo(SIDES[0], 2);
    expect(Math.max(...sides)).toBeCloseTo(SIDES[1], 2);
    expect(share(all, ({ x }) => x < 0.5)).toBeCloseTo(0.5, 1);
    expect(share(all, ({ y }) => y < 0.5)).toBeCloseTo(0.5, 1);
    expect(share(all, ({ x, y }) => Math.hypot(x - 0.5, y - 0.5) < 0.1)).toBeGreaterThan(0.03);
  });

  test('for incorrect it is smaller and leaves the middle, where the nose is, to be seen', () => {
    const careful = drawn(1000, INCORRECT);
    expect(Math.max(...careful.map(({ halfWidth }) => 2 * halfWidth))).toBeLessThan(0.65 * SIDES[1]);
    for (const one of careful.slice(0, 100)) {
      const changed = touched(one);
      for (let y = 0; y < 64; y++)
        for (let x = 0; x < 64; x++)
          if (Math.hypot(x - 31.5, y - 31.5) < 0.1 * 64 - 1) expect(changed[y * 64 + x]).toBe(false);
    }
  });
});

test('a patch changes part of the crop, no more than its sides allow, at any size', () => {
  fc.assert(
    fc.property(
      fc.nat(),
      fc.constantFrom(...labels),
      fc.integer({ min: 16, max: 80 }),
      (seed, label, size) => {
        const one = drawOcclusion(SIDES, label, seeded(seed));
        const area = touched(one, size, seed).filter(Boolean).length;
        const [width, height] = [2 * one.halfWidth * size + 2, 2 * one.halfHeight * size + 2];
        expect(area).toBeGreaterThan(0);
        expect(area).toBeLessThanOrEqual(width * height);
      },
    ),
    { numRuns: 200 },
  );
});

describe('in an augmented view', () => {
  const picture = blobs(3, 120);
  const maker = new ViewMaker(64, IMAGENET);
  const view = (occlusion: number, seed: number, label: Label | null = NONE) =>
    Uint8Array.from(maker.augmented(picture, { ...NO_AUGMENTATION, occlusion }, seeded(seed), label));
  const plain = Uint8Array.from(maker.plain(picture));

  test('it comes as often as asked, and the same for the same seed and class', () => {
    const changed = Array.from({ length: 600 }, (_, seed) => view(0.3, seed)).filter((pixels) =>
      pixels.some((value, i) => value !== plain[i]),
    );
    expect(changed.length / 600).toBeCloseTo(0.3, 1);
    expect(view(1, 7)).toEqual(view(1, 7));
    expect(view(1, 7)).not.toEqual(view(1, 8));
    expect(view(1, 7, INCORRECT)).not.toEqual(view(1, 7, NONE));
  });

  test('not asked for, it is not there and moves none of the numbers drawn after it', () => {
    const drawnWith = (occlusion: number) => {
      let n = 0;
      const [random, counted] = [seeded(5), () => ((n += 1), random())];
      maker.augmented(picture, { ...NO_AUGMENTATION, occlusion }, counted, NONE);
      return n;
    };
    expect(drawnWith(1e-9)).toBe(drawnWith(0) + 1);
    expect(view(0, 5)).toEqual(plain);
    expect(DEFAULT_AUGMENTATION.occlusion).toBe(0);
  });
});
