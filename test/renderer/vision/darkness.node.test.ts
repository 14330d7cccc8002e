/** Black pictures, as cameras with a covered lens send them. */
import { describe, expect, it } from 'vitest';
import { Darkness, isBlack } from '../../../src-renderer/vision/darkness';
import { rgbaPicture, yuvMatrix, type Picture } from '../../../src-renderer/vision/picture';

const [width, height] = [160, 90];
/** Every pixel of a grey, with noise, and maybe one of a tenth of the picture lit. */
function drawn(grey: number, lit: number | null = null): Picture {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i++) {
    const isLit = lit !== null && i % width > width * 0.9;
    data.fill(isLit ? lit : grey + (i % 5), 4 * i, 4 * i + 3);
  }
  return rgbaPicture({ data, width, height });
}
function video(luma: number): Picture {
  const plane = {
    data: new Uint8Array(width * height).fill(luma),
    offset: 0,
    step: 1,
    stride: width,
    width,
    height,
  };
  const chroma = { ...plane, data: new Uint8Array(width * height).fill(128) };
  return { width, height, planes: [plane, chroma, chroma], matrix: yuvMatrix({}) };
}

describe('a picture', () => {
  it.each<[string, Picture, boolean]>([
    ['of a covered lens', drawn(8), true],
    ['of a covered lens, as video', video(18), true],
    ['of a corridor at night', drawn(40), false],
    ['with a lit strip at its edge', drawn(8, 200), false],
    ['of a room, as video', video(90), false],
  ])('%s is black: %s', (_what, picture, black) => {
    expect(isBlack(picture)).toBe(black);
  });
});

it('is said to be black after ten seconds of nothing else, and when it ends, once each', () => {
  const darkness = new Darkness();
  const said = [
    [0, true],
    [6000, true],
    [7000, false],
    [8000, true],
    [17_900, true],
    [18_000, true],
    [30_000, true],
    [30_100, false],
    [30_200, false],
  ].map(([now, black]) => darkness.seen(black as boolean, now as number));
  expect(said).toEqual([null, null, null, null, null, true, null, false, null]);
});
