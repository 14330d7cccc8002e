/** Files as cameras: rates, and files that cannot be played. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { indexMjpeg } from '../../src-main/kiosk/mjpeg';
import { prepareSource, resample } from '../../src-main/kiosk/source';

/** JPEG pictures of different greys and noise, so each has bytes of its own. */
let pictures: Buffer[];
let folder: string;

const picture = (value: number, width = 48, height = 32): Sharp =>
  sharp({ create: { width, height, channels: 3, background: { r: value, g: 255 - value, b: 99 } } });

beforeAll(async () => {
  pictures = await Promise.all([0, 50, 100, 150, 200, 250].map((grey) => picture(grey).jpeg().toBuffer()));
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-test-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function write(name: string, data: Buffer[] | string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, Array.isArray(data) ? Buffer.concat(data) : data);
  return path;
}

/** The pictures a file plays, as indices into `pictures`. */
async function played(path: string): Promise<number[]> {
  const bytes = await readFile(path);
  const { frames } = await indexMjpeg(path);
  return frames.map(({ offset, length }) =>
    pictures.findIndex((one) => one.equals(bytes.subarray(offset, offset + length))),
  );
}

describe('a file as the camera', () => {
  it('is played as it is when it was made for 30 frames a second', async () => {
    const path = await write('a.mjpeg', pictures);
    const source = await prepareSource(path);
    expect(source).toMatchObject({ path, name: 'a.mjpeg', seconds: 0.2, width: 48, height: 32 });
    await source.remove();
    expect((await stat(path)).size).toBeGreaterThan(0);
  });

  it('has its frames repeated when its sidecar says a lower rate, and cleans up after itself', async () => {
    const path = await write('a.mjpeg', pictures);
    await write('a.json', '{"fps": 15, "timeline": []}');
    const source = await prepareSource(path);
    expect(await played(source.path)).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    expect(source.seconds).toBeCloseTo(0.4);
    await source.remove();
    await expect(stat(source.path)).rejects.toThrow('ENOENT');
    expect((await readdir(folder)).sort()).toEqual(['a.json', 'a.mjpeg']);
  });

  it('is written under the same name while it is the same, so that a restarted main plays on', async () => {
    const path = await write('a.mjpeg', pictures);
    const cache = join(folder, 'cache');
    const [first, again, other] = [
      await prepareSource(path, 15, cache),
      await prepareSource(path, 15, cache),
      await prepareSource(path, 10, cache),
    ];
    expect(again.path).toBe(first.path);
    expect(other.path).not.toBe(first.path);
    expect(await played(again.path)).toHaveLength(12);
    await writeFile(path, Buffer.concat(pictures.slice(1)));
    const changed = await prepareSource(path, 15, cache);
    expect(changed.path).not.toBe(first.path);
    for (const source of [first, other, changed]) await source.remove();
    expect(await readdir(cache)).toEqual([]);
  });

  it('has frames dropped when a higher rate is asked for, whatever the sidecar says', async () => {
    const path = await write('a.mjpeg', pictures);
    await write('a.json', '{"fps": 15}');
    const source = await prepareSource(path, 60);
    expect(await played(source.path)).toEqual([1, 3, 5]);
    await source.remove();
  });

  it('may have another name, which Chromium would not take', async () => {
    const source = await prepareSource(await write('clip.jpgs', pictures));
    expect(source.path).toMatch(/\.mjpeg$/);
    expect(await played(source.path)).toEqual([0, 1, 2, 3, 4, 5]);
    await source.remove();
  });

  it('keeps its length to a frame at any rate', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.double({ min: 1, max: 120, noNaN: true }),
        (frames, fps) => {
          const order = resample(frames, fps);
          expect(Math.abs(order.length / 30 - frames / fps)).toBeLessThanOrEqual(1 / 30);
          expect(order.every((frame, i) => frame >= (order[i - 1] ?? 0) && frame < frames)).toBe(true);
        },
      ),
    );
  });
});

describe('pictures inside a file', () => {
  it('are told from thumbnails in their own metadata', async () => {
    // An APP1 segment that itself holds a whole JPEG, as cameras write.
    const thumbnail = pictures[1]!;
    const segment = Buffer.alloc(4);
    segment.writeUInt16BE(0xffe1, 0);
    segment.writeUInt16BE(thumbnail.length + 2, 2);
    const withThumbnail = Buffer.concat([
      pictures[0]!.subarray(0, 2),
      segment,
      thumbnail,
      pictures[0]!.subarray(2),
    ]);
    const { frames } = await indexMjpeg(await write('t.mjpeg', [withThumbnail, pictures[2]!]));
    expect(frames.map(({ length }) => length)).toEqual([withThumbnail.length, pictures[2]!.length]);
  });

  it('are found across the borders of what is read at once', async () => {
    const noise = Buffer.from(Array.from({ length: 900 * 700 * 3 }, (_, i) => (i * 2654435761) >>> 24));
    const large = await sharp(noise, { raw: { width: 900, height: 700, channels: 3 } })
      .jpeg({ quality: 95 })
      .toBuffer();
    const all = Array<Buffer>(8).fill(large);
    const { frames, width, height } = await indexMjpeg(await write('big.mjpeg', all));
    expect(large.length * 8).toBeGreaterThan(3 << 20);
    expect(frames.map(({ length }) => length)).toEqual(all.map(({ length }) => length));
    expect([width, height]).toEqual([900, 700]);
  });
});

describe('a file that cannot be played', () => {
  it.each<[string, () => Promise<Buffer[]> | Buffer[], RegExp]>([
    ['is empty', () => [], /x\.mjpeg is empty$/],
    [
      'is something else',
      () => [Buffer.from('RIFF....AVI ')],
      /is not a Motion JPEG file: its first frame is not a JPEG/,
    ],
    [
      'ends within a frame',
      () => [...pictures.slice(0, 2), pictures[2]!.subarray(0, -30)],
      /frame 3 is cut off$/,
    ],
    [
      'ends within a header',
      () => [pictures[0]!, pictures[1]!.subarray(0, 9)],
      /frame 2 is (cut off|damaged)$/,
    ],
    [
      'lost a frame’s middle',
      () => [pictures[0]!.subarray(0, -4), pictures[1]!],
      /first frame is (cut off|damaged)$/,
    ],
    [
      'has something between frames',
      () => [pictures[0]!, Buffer.from('--b\r\n'), pictures[1]!],
      /frame 2 is not a JPEG/,
    ],
    [
      'changes its size',
      async () => [pictures[0]!, await picture(1, 64).jpeg().toBuffer()],
      /frame 2 is 64×32, not 48×32/,
    ],
    [
      'is progressive',
      async () => [await picture(1).jpeg({ progressive: true }).toBuffer()],
      /not a baseline JPEG/,
    ],
  ])('is named with what is wrong: it %s', async (_what, make, message) => {
    const path = await write('x.mjpeg', await make());
    const error = (await prepareSource(path).catch((thrown: unknown) => thrown)) as Error;
    expect(error.message).toMatch(message);
    expect(error.message).toContain(path);
  });

  it('is named when it is not there or is a folder', async () => {
    await expect(prepareSource(join(folder, 'none.mjpeg'))).rejects.toThrow(/cannot read .*none\.mjpeg/);
    await expect(prepareSource(folder)).rejects.toThrow(/is not a file/);
  });

  it('is named when its sidecar is broken', async () => {
    const path = await write('a.mjpeg', pictures);
    await write('a.json', '{"fps": "fast"}');
    await expect(prepareSource(path)).rejects.toThrow(/a\.json does not say a frame rate/);
  });

  it('never hangs or crashes the reader, whatever bytes it holds', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(pictures[0]!.length - 1),
        fc.integer({ min: 0, max: 255 }),
        async (at, value) => {
          const broken = Buffer.from(pictures[0]!);
          broken[at] = value;
          const path = await write('f.mjpeg', [broken, pictures[1]!]);
          await indexMjpeg(path).catch((error: unknown) => {
            expect((error as Error).message).toContain(path);
          });
        },
      ),
      { numRuns: 200 },
    );
  });
});
