import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mixup } from '../../src-main/learn/mixup';
import { seeded } from '../../src-main/random';

const batch = () => ({
  images: Float32Array.from({ length: 4 * 6 }, (_, i) => i),
  targets: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0),
});

test('pictures and targets are blended alike, and each pair keeps its sum', () =>
  fc.assert(
    fc.property(fc.nat(), fc.double({ min: 0.05, max: 4, noNaN: true }), (seed, alpha) => {
      const before = batch();
      const { images, targets } = batch();
      mixup(images, targets, 4, alpha, seeded(seed));
      for (const [mixed, plain] of [
        [images, before.images],
        [targets, before.targets],
      ] as const) {
        const length = plain.length / 4;
        for (let k = 0; k < length; k++) {
          expect(mixed[k]! + mixed[3 * length + k]!).toBeCloseTo(plain[k]! + plain[3 * length + k]!, 4);
          expect(mixed[length + k]! + mixed[2 * length + k]!).toBeCloseTo(
            plain[length + k]! + plain[2 * length + k]!,
            4,
          );
        }
      }
      // Rows 1 and 2 differ in class: the target tells the share, and the picture must show the same.
      const share = targets[4]!;
      expect(targets[3]! + share + targets[5]!).toBeCloseTo(1, 5);
      expect(images[6]).toBeCloseTo(share * before.images[6]! + (1 - share) * before.images[12]!, 3);
    }),
  ));

test('the middle row of an odd batch is left alone', () => {
  const images = Float32Array.of(1, 2, 3);
  mixup(images, Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), 3, 0.4, seeded(2));
  expect(images[1]).toBe(2);
  expect(images[0]).not.toBe(1);
});
