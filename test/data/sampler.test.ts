import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Label, Sample } from '../../src-main/data/folders';
import { BalancedEpochs } from '../../src-main/data/sampler';

const sampleOf = (label: number, i: number, set = 'a'): Sample => ({
  file: `/${set}/${String(label)}/${String(i)}`,
  label: label as Label,
  set,
  photo: String(i),
});
const many = (label: number, n: number, set = 'a') =>
  Array.from({ length: n }, (_, i) => sampleOf(label, i, set));
const sizes = fc.tuple(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 1, max: 40 }),
);

test('classes are shown equally often, to within one, whatever their sizes', () => {
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 100 }), fc.nat(20), ([a, b, c], length, epoch) => {
      const epochs = new BalancedEpochs([...many(0, a), ...many(1, b), ...many(2, c)], { length, seed: 3 });
      const order = epochs.order(epoch);
      expect(order).toHaveLength(length);
      const counts = [0, 1, 2].map((label) => order.filter((sample) => sample.label === label).length);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }),
  );
});

test('over epochs every sample of a class is shown as often as the others, to within one', () => {
  fc.assert(
    fc.property(sizes, fc.integer({ min: 3, max: 60 }), ([a, b, c], length) => {
      const samples = [...many(0, a), ...many(1, b), ...many(2, c)];
      const epochs = new BalancedEpochs(samples, { length, seed: 5 });
      const shown = new Map(samples.map((sample) => [sample, 0]));
      for (let epoch = 0; epoch < 8; epoch++)
        for (const sample of epochs.order(epoch)) shown.set(sample, shown.get(sample)! + 1);
      for (const label of [0, 1, 2]) {
        const counts = samples.filter((sample) => sample.label === label).map((sample) => shown.get(sample)!);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test('an epoch depends on its number and the seed alone', () => {
  const samples = [...many(0, 30), ...many(1, 7), ...many(2, 19, 'b')];
  const one = new BalancedEpochs(samples, { length: 50, seed: 1 });
  const other = new BalancedEpochs(samples, { length: 50, seed: 1 });
  one.order(9);
  expect(one.order(3)).toEqual(other.order(3));
  expect(one.order(4)).not.toEqual(one.order(3));
  expect(new BalancedEpochs(samples, { length: 50, seed: 2 }).order(3)).not.toEqual(one.order(3));
});

test('180,000 images are no more than 180', () => {
  const samples = [...many(0, 60_000), ...many(1, 90_000), ...many(2, 30_000, 'b')];
  const order = () => new BalancedEpochs(samples, { length: samples.length, seed: 1 }).order(1);
  const first = order();
  expect(first).toHaveLength(180_000);
  expect(order().every((sample, i) => sample === first[i])).toBe(true);
});

test('a weighted set is shown more often within its class, and one of weight 0 never', () => {
  const samples = [...many(0, 100, 'a'), ...many(0, 100, 'b'), ...many(0, 50, 'c'), ...many(1, 10, 'a')];
  const order = new BalancedEpochs(samples, { length: 2000, seed: 1, weights: { b: 3, c: 0 } }).order(0);
  const share = (set: string) => order.filter((s) => s.label === 0 && s.set === set).length / 1000;
  expect(share('a')).toBeCloseTo(0.25, 2);
  expect(share('b')).toBeCloseTo(0.75, 2);
  expect(share('c')).toBe(0);
});

test('nothing to train on is an error', () => {
  expect(() => new BalancedEpochs([], { length: 10, seed: 1 })).toThrow(/no samples to train on/);
});
