/** Pictures that stand still to the last pixel, as a hung camera or driver sends them. */
import { expect, it } from 'vitest';
import { rgbaPicture, type Picture } from '../../../src-renderer/vision/picture';
import { Stillness } from '../../../src-renderer/vision/stillness';

const [width, height] = [128, 72];
/** A grey with one pixel of the grid that is `value`. */
function drawn(value: number): Picture {
  const data = new Uint8ClampedArray(width * height * 4).fill(90);
  data[4 * (width * 37 + 41)] = value;
  return rgbaPicture({ data, width, height });
}

/** What is said of pictures, each [milliseconds, value, black]. */
const said = (pictures: [now: number, value: number, black?: boolean][]): (boolean | null)[] => {
  const stillness = new Stillness();
  return pictures.map(([now, value, black = false]) => stillness.seen(drawn(value), black, now));
};

it('is said after ten seconds of one and the same picture, and when it moves again, once each', () => {
  expect(
    said([
      [0, 1],
      [100, 2],
      [9000, 2],
      [10_000, 2],
      [10_100, 2],
      [20_000, 2],
      [20_100, 3],
      [20_200, 4],
      [30_300, 4],
    ]),
  ).toEqual([false, null, null, null, true, null, false, null, true]);
});

it('is not said of a lens that is covered, nor of the time it was', () => {
  expect(
    said([
      [0, 1, true],
      [20_000, 1, true],
      [20_100, 1],
      [29_000, 1],
      [30_000, 1],
    ]),
  ).toEqual([false, null, null, null, true]);
});
