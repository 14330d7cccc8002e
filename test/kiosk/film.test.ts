/** Films that the page plays itself: their pictures, part by part. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstPicture } from '../../src-main/cli/source';
import { openFilm } from '../../src-main/kiosk/film';

let folder: string;
let pictures: Buffer[];
let path: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-film-'));
  const grey = (value: number) =>
    sharp({ create: { width: 32, height: 16, channels: 3, background: { r: value, g: value, b: value } } });
  pictures = await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      grey(i * 6)
        .jpeg()
        .toBuffer(),
    ),
  );
  path = join(folder, 'a.mjpeg');
  await writeFile(path, Buffer.concat(pictures));
});
afterAll(() => rm(folder, { recursive: true }));

describe('a film for the page', () => {
  it('gives every picture once, in order, as the file has it, and then none', async () => {
    const film = await openFilm(path, 25, true);
    expect(film).toMatchObject({ frames: 40, fps: 25, everyFrame: true });
    const given: Uint8Array[] = [];
    for (;;) {
      const part = await film.part(given.length);
      expect(part.from).toBe(given.length);
      if (part.pictures.length === 0) break;
      given.push(...part.pictures);
    }
    expect(given.map((one) => Buffer.from(one))).toEqual(pictures);
    await film.close();
  });

  it('is asked for by --every-frame, or by more frames a second than a fake camera plays', async () => {
    const source = (options: object) => firstPicture({ source: path, ...options }, () => undefined);
    const every = await source({ everyFrame: true, sourceFps: 12 });
    expect(every).toMatchObject({ file: null, film: { fps: 12, everyFrame: true } });
    const fast = await source({ sourceFps: 60 });
    expect(fast).toMatchObject({ file: null, film: { fps: 60, everyFrame: false } });
    const plain = await source({});
    expect(plain.file).toBe(path);
    for (const picture of [every, fast, plain]) await picture.remove();
    await expect(firstPicture({ everyFrame: true }, () => undefined)).rejects.toThrow(
      '--every-frame is for a film: name it with --source',
    );
  });
});
