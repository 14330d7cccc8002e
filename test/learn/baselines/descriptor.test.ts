/** The descriptor, on pictures whose gradients and colours are known. */
import { Tensor, InferenceSession } from 'onnxruntime-node';
import { beforeAll, describe, expect, test } from 'vitest';
import { IMAGENET } from '../../../src-main/data/augment';
import { LENGTH, SIDE } from '../../../src-main/learn/baselines/descriptor';
import { descriptorModel } from '../../../src-main/learn/baselines/forest-model';

let session: InferenceSession;
beforeAll(async () => {
  session = await InferenceSession.create(descriptorModel());
});

type Rgb = [number, number, number];

/** The descriptor of a picture, in its parts. */
async function describePicture(colour: (x: number, y: number) => Rgb) {
  const images = new Float32Array(3 * SIDE * SIDE);
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++)
      colour(x, y).forEach((value, k) => {
        images[k * SIDE * SIDE + y * SIDE + x] = (value - IMAGENET.mean[k]!) / IMAGENET.std[k]!;
      });
  const { descriptors } = await session.run({ images: new Tensor('float32', images, [1, 3, SIDE, SIDE]) });
  expect(descriptors!.dims).toEqual([1, LENGTH]);
  const values = Array.from(descriptors!.data as Float32Array);
  const hog = values.slice(0, 576);
  return {
    /** 9 orientations, 64 cells each. */
    orientation: Array.from({ length: 9 }, (_, k) => hog.slice(64 * k, 64 * (k + 1))),
    luma: values.slice(576, 592),
    blue: values.slice(592, 608),
    red: values.slice(608, 624),
    /** [bin][half] */
    blueShares: Array.from({ length: 8 }, (_, k) => values.slice(624 + 2 * k, 626 + 2 * k)),
  };
}

const grey = (value: number): Rgb => [value, value, value];

describe('descriptor', () => {
  test('a flat picture has no gradients, not even at its border, and no 0/0', async () => {
    const { orientation, luma } = await describePicture(() => grey(0.4));
    expect(Math.max(...orientation.flat().map(Math.abs))).toBeLessThan(0.05);
    for (const value of luma) expect(value).toBeCloseTo(0.4, 4);
  });
  test('brightness rising to the right is all of the orientation across, whichever way it rises', async () => {
    for (const sign of [1, -1]) {
      const { orientation } = await describePicture((x) => grey(0.5 + (sign * (x - 32)) / 100));
      const sums = orientation.map((cells) => cells.reduce((a, b) => a + b, 0));
      // Angle 0 lies between the centres of bins 4 and 5, at −10° and 10°.
      expect(sums[4]! + sums[5]!).toBeGreaterThan(0.99 * sums.reduce((a, b) => a + b, 0));
      expect(sums[4]).toBeCloseTo(sums[5]!, 2);
    }
  });
  test('brightness rising downwards is that of the first bin, which is upright', async () => {
    const { orientation } = await describePicture((_, y) => grey(0.2 + y / 100));
    const sums = orientation.map((cells) => cells.reduce((a, b) => a + b, 0));
    expect(sums.indexOf(Math.max(...sums))).toBe(0);
  });
  test('contrast does not matter, only where it is against its surroundings', async () => {
    const weak = await describePicture((x) => grey(0.5 + 0.1 * Math.sin(x / 3)));
    const strong = await describePicture((x) => grey(0.5 + 0.4 * Math.sin(x / 3)));
    weak.orientation
      .flat()
      .forEach((value, i) => expect(value).toBeCloseTo(strong.orientation.flat()[i]!, 2));
  });
  test('a blue lower half shows in its squares and in the histogram of that half', async () => {
    const { blue, red, blueShares } = await describePicture((_, y) => (y < 32 ? grey(0.5) : [0.3, 0.5, 0.9]));
    for (let square = 0; square < 16; square++) {
      const expected = square < 8 ? 0 : -0.168736 * 0.3 - 0.331264 * 0.5 + 0.5 * 0.9;
      expect(blue[square]).toBeCloseTo(expected, 4);
    }
    expect(red[15]).toBeLessThan(0);
    const [upper, lower] = [0, 1].map((half) => blueShares.map((bin) => bin[half]!));
    expect(upper!.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 3);
    expect(lower![7]).toBeGreaterThan(0.9);
    expect(upper![7]).toBeLessThan(0.01);
  });
});
