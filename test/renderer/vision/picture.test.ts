/** Frames read as they lie in memory show what the browser itself would draw of them. */
import { describe, expect, it } from 'vitest';
import { drawnPicture, FrameReader, type Picture } from '../../../src-renderer/vision/picture';
import { Shrinker } from '../../../src-renderer/vision/shrink';

const SIZE = { width: 64, height: 48 };

/** Soft colours: chroma of half the size makes hard edges differ by how it is enlarged. */
function painted(): OffscreenCanvas {
  const canvas = new OffscreenCanvas(SIZE.width, SIZE.height);
  const context = canvas.getContext('2d')!;
  const colours = context.createLinearGradient(0, 0, SIZE.width, SIZE.height);
  for (const [i, colour] of ['#703020', '#d0b090', '#305080', '#40a060'].entries()) {
    colours.addColorStop(i / 3, colour);
  }
  context.fillStyle = colours;
  context.fillRect(0, 0, SIZE.width, SIZE.height);
  return canvas;
}

/** A frame with planes of the given sizes, filled with slow ramps; where channels are woven, each has its own. */
function frameOf(format: VideoPixelFormat, planes: number[], colorSpace?: VideoColorSpaceInit): VideoFrame {
  const woven = /RGB|BGR/.test(format) ? 4 : 2;
  const value = (plane: number, i: number): number =>
    90 +
    20 * plane +
    (i * (plane === 0 ? 1 : 2)) / 40 +
    (planes.length < 3 && (plane > 0 || woven === 4) ? 25 * (i % woven) : 0);
  const bytes = planes.flatMap((count, plane) =>
    Array.from({ length: count }, (_, i) => value(plane, i) & 255),
  );
  return new VideoFrame(new Uint8Array(bytes), {
    format,
    codedWidth: SIZE.width,
    codedHeight: SIZE.height,
    timestamp: 0,
    ...(colorSpace && { colorSpace }),
  });
}

/** Mean difference of a channel between two pictures, in steps of 255. */
function difference(a: Picture, b: Picture): number {
  const [one, other] = [a, b].map((picture) => {
    const target = new Uint8ClampedArray(SIZE.width * SIZE.height * 3);
    new Shrinker().shrink(picture, [0, 0, SIZE.width, SIZE.height], SIZE, target, 0, 3);
    return target;
  }) as [Uint8ClampedArray, Uint8ClampedArray];
  return one.reduce((sum, value, i) => sum + Math.abs(value - other[i]!), 0) / one.length;
}

describe('FrameReader', () => {
  const area = SIZE.width * SIZE.height;
  const full: VideoColorSpaceInit = {
    matrix: 'bt709',
    primaries: 'bt709',
    transfer: 'iec61966-2-1',
    fullRange: true,
  };
  it.each<[string, () => VideoFrame]>([
    ['I420', () => frameOf('I420', [area, area / 4, area / 4])],
    ['I420 of BT.709, full range', () => frameOf('I420', [area, area / 4, area / 4], full)],
    ['I422', () => frameOf('I422', [area, area / 2, area / 2])],
    ['I444', () => frameOf('I444', [area, area, area])],
    ['NV12', () => frameOf('NV12', [area, area / 2])],
    ['RGBA', () => frameOf('RGBX', [area * 4])],
    ['BGRA', () => frameOf('BGRX', [area * 4])],
    ['a canvas', () => new VideoFrame(painted(), { timestamp: 0, alpha: 'discard' })],
    [
      'a part of a frame',
      () =>
        new VideoFrame(frameOf('RGBX', [area * 4]), {
          visibleRect: { x: 8, y: 8, width: 32, height: 24 },
          displayWidth: SIZE.width,
          displayHeight: SIZE.height,
        }),
    ],
  ])('reads %s', async (_, make) => {
    const frame = make();
    const picture = await new FrameReader().read(frame);
    expect([picture.width, picture.height]).toEqual([SIZE.width, SIZE.height]);
    expect(difference(picture, drawnPicture(frame, SIZE))).toBeLessThan(1.5);
    frame.close();
  });

  it('tells colours apart', async () => {
    const frame = frameOf('I420', [area, area / 4, area / 4]);
    const other = await new FrameReader().read(frameOf('I420', [area, area / 4, area / 4], full));
    expect(difference(await new FrameReader().read(frame), other)).toBeGreaterThan(3);
    frame.close();
  });
});
