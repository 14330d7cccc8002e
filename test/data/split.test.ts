import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SPLITS, type Label, type Sample } from '../../src-main/data/folders';
import { photoKey, splitByPhoto } from '../../src-main/data/split';

const shares = { val: 0.15, test: 0.15, seed: 7 };
const sampleOf = (set: string, photo: number, k: number): Sample => ({
  file: `/${set}/${String(photo)}_${String(k)}.jpg`,
  label: (k % 3) as Label,
  set,
  photo: String(photo),
});
const samples = fc
  .array(fc.tuple(fc.constantFrom('a', 'b', 'x/b'), fc.nat(60), fc.nat(4)), { maxLength: 120 })
  .map((tuples) => tuples.map(([set, photo, k]) => sampleOf(set, photo, k)));
const splitOf = (division: ReturnType<typeof splitByPhoto>) =>
  new Map(SPLITS.flatMap((split) => division[split].map((sample) => [sample, split] as const)));

test('every sample is in one split, and a photo never in two', () => {
  fc.assert(
    fc.property(samples, (all) => {
      const division = splitByPhoto(all, shares);
      expect(SPLITS.reduce((n, split) => n + division[split].length, 0)).toBe(all.length);
      const where = splitOf(division);
      const photos = new Map<string, string>();
      for (const sample of all) {
        const split = where.get(sample)!;
        expect(photos.get(photoKey(sample)) ?? split).toBe(split);
        photos.set(photoKey(sample), split);
      }
    }),
  );
});

test('photos that are added move none that were there, whatever the order', () => {
  fc.assert(
    fc.property(samples, samples, (before, added) => {
      const old = splitOf(splitByPhoto(before, shares));
      const now = splitOf(splitByPhoto([...added, ...before].reverse(), shares));
      for (const sample of before) expect(now.get(sample)).toBe(old.get(sample));
    }),
  );
});

test('near copies go to one split, across photos and sets', () => {
  fc.assert(
    fc.property(samples, fc.integer({ min: 1, max: 10 }), (all, groups) => {
      const copies = all.map((_, i) => i % groups);
      const where = splitOf(splitByPhoto(all, { ...shares, copies }));
      const found = new Map<number, string>();
      all.forEach((sample, i) => {
        const split = where.get(sample)!;
        expect(found.get(copies[i]!) ?? split).toBe(split);
        found.set(copies[i]!, split);
      });
    }),
  );
});

test('folders of one name hold cuts of the same photos: these stay together', () => {
  const all = Array.from({ length: 200 }, (_, i) => [
    sampleOf('data/ilc', i, 0),
    sampleOf('cuts/ilc', i, 1),
  ]).flat();
  const where = splitOf(splitByPhoto(all, shares));
  for (let i = 0; i < all.length; i += 2) expect(where.get(all[i]!)).toBe(where.get(all[i + 1]!));
});

test('shares come out, and another seed divides otherwise', () => {
  const all = Array.from({ length: 4000 }, (_, i) => sampleOf('a', i, 0));
  const division = splitByPhoto(all, shares);
  expect(division.val.length / 4000).toBeCloseTo(0.15, 1);
  expect(division.test.length / 4000).toBeCloseTo(0.15, 1);
  expect(splitByPhoto(all, { ...shares, seed: 8 }).test).not.toEqual(division.test);
});

test("a folder's own split is kept; what of a tested photo it would train on is left out", () => {
  const trained: Sample = { ...sampleOf('a', 1, 0), split: 'train' };
  const tested: Sample = { ...sampleOf('a', 1, 1), split: 'test' };
  const free = sampleOf('a', 1, 2);
  const division = splitByPhoto([trained, tested, free], shares);
  expect(division).toEqual({ train: [], val: [], test: [tested, free], leaks: [trained] });
});

test('shares that leave nothing to train on are refused', () => {
  expect(() => splitByPhoto([], { val: 0.5, test: 0.5, seed: 1 })).toThrow(/must leave some to train on/);
});
