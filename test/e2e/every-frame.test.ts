/**
 * A film that is watched as fast as it can be looked at: every frame once, in order, in the film's own time, through the
 * whole live path. One of its pictures cannot be decoded.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFilm } from '../../src-main/kiosk/film';
import { indexMjpeg } from '../../src-main/kiosk/mjpeg';
import { openDoor, until, type Door } from './door';
import { shortFilm } from './film';

const FRAMES = 40;
const FPS = 20;
/** The picture without its tables of quantisation: a file that Chromium's decoder gives up on. */
const BROKEN = 12;

let folder: string;
let path: string;
let door: Door | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-every-'));
  path = join(folder, 'film.mjpeg');
  const short = await shortFilm();
  const { frames } = await indexMjpeg(short.path);
  const bytes = await readFile(short.path);
  const pictures = frames.slice(30, 30 + FRAMES).map(({ offset, length }) => bytes.subarray(offset, offset + length)); // prettier-ignore
  const broken = Buffer.from(pictures[BROKEN]!);
  for (let at = broken.indexOf('ffdb', 0, 'hex'); at >= 0; at = broken.indexOf('ffdb', at, 'hex'))
    broken[at + 1] = 0xe9; // An application's own segment: passed over.
  pictures[BROKEN] = broken;
  await writeFile(path, Buffer.concat(pictures));
}, 180_000);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('a film, watched', () => {
  it.each(['one-shot', 'two-stage'] as const)(
    'has every frame looked at once (%s)',
    async (pipeline) => {
      const film = await openFilm(path, FPS, true);
      door = await openDoor({ film, pipeline });
      try {
        const { app, verdicts, page, problems } = door;
        const ended = new Promise<void>((resolve) => app.once('filmEnded', resolve));
        await page.locator('li[data-verdict]').first().waitFor({ state: 'attached' });
        await ended;
        const { frames, film: watched } = app.summary();
        expect(frames).toBe(FRAMES - 1);
        expect(watched!.seconds).toBe(FRAMES / FPS);
        expect(watched!.speed).toBeGreaterThan(0);
        expect(verdicts.length).toBeGreaterThan(1);
        for (const { seconds } of verdicts) expect(seconds * FPS).toBeCloseTo(Math.round(seconds * FPS), 1);
        expect(Math.max(...verdicts.map(({ seconds }) => seconds))).toBeLessThan(FRAMES / FPS);
        expect(problems).toEqual([`main: film: frame ${BROKEN + 1} cannot be decoded and is passed over`]);
      } finally {
        await door.close();
        await film.close();
      }
    },
    120_000,
  );

  it('goes on where it was when its page comes anew', async () => {
    const film = await openFilm(path, FPS, true);
    door = await openDoor({ film, pipeline: 'one-shot' });
    try {
      const { app, page } = door;
      const ended = new Promise<void>((resolve) => app.once('filmEnded', resolve));
      await until(app, () => app.summary().frames > 3);
      await page.reload();
      await ended;
      expect(app.summary().frames).toBe(FRAMES - 1);
    } finally {
      await door.close();
      await film.close();
    }
  }, 120_000);

  it('begins again where it is played by the clock, faster than a fake camera can', async () => {
    const film = await openFilm(path, 200, false);
    door = await openDoor({ film, pipeline: 'one-shot' });
    try {
      const { app } = door;
      await until(app, () => app.summary().cameraFrames > 2 * FRAMES);
      expect(app.summary().film).toBeUndefined();
    } finally {
      await door.close();
      await film.close();
    }
  }, 120_000);
});
