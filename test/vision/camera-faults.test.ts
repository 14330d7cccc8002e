/**
 * Cameras that fail under the real page, in Chromium as it is installed: its fake camera is a file, which is taken away,
 * and its capture runs in a process of its own, which is killed (as a driver that crashes) or stopped (as one that
 * hangs). Another camera films darkness, then one and the same picture. Only that another program holds the camera is stood
 * in for, by Chromium's own error: its fake camera can be held by many. Linux, whose /proc tells the process.
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDoor, until, type Door } from '../e2e/door';
import { recovered } from '../recovery';

const PATIENCE = 180_000;
const LONG = { timeout: 60_000 };
const [width, height] = [320, 180];

/** Frames of a film: noise about a grey, no two alike; or as many times the same. */
async function frames(seconds: number, grey: number, noise: boolean): Promise<Buffer[]> {
  const picture = (i: number): Promise<Buffer> => {
    const pixels = Buffer.alloc(width * height, grey);
    if (noise)
      for (let at = 0; at < pixels.length; at++) pixels[at] = grey + ((at * 7919 + i * 104_729) % 61);
    return sharp(pixels, { raw: { width, height, channels: 1 } })
      .jpeg({ quality: 50 })
      .toBuffer();
  };
  const different = await Promise.all(Array.from({ length: noise ? 30 : 1 }, (_, i) => picture(i)));
  return Array.from({ length: seconds * 30 }, (_, i) => different[i % different.length]!);
}

/** The process in which a door's Chromium captures. */
async function captureOf(door: Door): Promise<number> {
  const session = await door.context.browser()!.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const found = processInfo.find(({ id }) => {
    try {
      return readFileSync(`/proc/${String(id)}/cmdline`, 'utf8').includes('video_capture');
    } catch {
      return false; // It has ended.
    }
  });
  if (!found) throw new Error('nothing captures');
  return found.id;
}

/** What the blind camera films over and over, in seconds: darkness, then noise, then one and the same picture. */
const [DARK, NOISE, STILL] = [12, 1, 15];
const COVERED = 'the picture is black: is the lens covered, or the light off?';
const LIGHT = 'the picture is not black any more';

/** Notes how long it took until the blind camera's darkness, and its end, were said. */
function timeDarkness({ app, filmStarted }: Door): void {
  // Each time the camera is opened, its film begins anew.
  let began = performance.now() - (Date.now() - filmStarted());
  app.on('camera', ({ state }) => {
    if (state === 'running') began = performance.now();
  });
  app.on('fault', (message) => {
    if (message === COVERED) recovered('picture black, until it is said', began);
    if (message === LIGHT)
      recovered('picture black, from the light’s return until it is said', began + 1000 * DARK);
  });
}

const stateOf = ({ cameras }: Door): string => cameras.at(-1)?.state ?? 'none';
async function looksGoOn(door: Door): Promise<void> {
  await until(door.app, () => stateOf(door) === 'running');
  const { frames: before } = door.app.summary();
  await until(door.app, () => door.app.summary().frames > before + 3);
}

describe.skipIf(process.platform !== 'linux')('a camera under the page', () => {
  let folder: string;
  let film: string;
  let failing: Door;
  let blind: Door;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'maskwatch-camera-'));
    film = join(folder, 'moving.mjpeg');
    await writeFile(film, Buffer.concat(await frames(3, 100, true)));
    const dim = join(folder, 'dim.mjpeg');
    const parts = [
      await frames(DARK, 4, false),
      await frames(NOISE, 100, true),
      await frames(STILL, 120, false),
    ];
    await writeFile(dim, Buffer.concat(parts.flat()));
    const source = { kind: 'camera' as const, name: '' };
    blind = await openDoor({ film: dim, source });
    timeDarkness(blind);
    failing = await openDoor({ film, source });
  }, PATIENCE);
  afterAll(async () => {
    await failing.close();
    await blind.close();
    await rm(folder, { recursive: true });
  });

  it(
    'that is pulled out is said to be gone, and watched again when it is back',
    async () => {
      await looksGoOn(failing);
      await rename(film, `${film}.away`);
      process.kill(await captureOf(failing), 'SIGKILL');
      await failing.page.locator('[data-camera="lost"]').waitFor();
      await until(failing.app, () => stateOf(failing) === 'lost');
      await rename(`${film}.away`, film);
      const back = performance.now();
      await looksGoOn(failing);
      recovered('camera unplugged, from its return', back);
    },
    PATIENCE,
  );

  it(
    'whose driver crashes is opened again',
    async () => {
      const crashed = performance.now();
      process.kill(await captureOf(failing), 'SIGKILL');
      await until(failing.app, () => stateOf(failing) === 'lost');
      await looksGoOn(failing);
      recovered('camera’s driver crashes', crashed);
    },
    PATIENCE,
  );

  it(
    'that hangs is said to have stopped, and watched again when it goes on',
    async () => {
      const capture = await captureOf(failing);
      const stopped = performance.now();
      process.kill(capture, 'SIGSTOP');
      await failing.page.locator('[data-camera="lost"]').waitFor();
      recovered('camera hangs, until it is said', stopped);
      process.kill(capture, 'SIGCONT');
      const goesOn = performance.now();
      await looksGoOn(failing);
      recovered('camera hangs, from its going on', goesOn);
    },
    PATIENCE,
  );

  it(
    'that another program holds is said to be busy, and watched when that lets it go',
    async () => {
      await failing.page.evaluate(`
        const { mediaDevices } = navigator;
        const open = mediaDevices.getUserMedia;
        mediaDevices.getUserMedia = () => Promise.reject(new DOMException('Could not start video source', 'NotReadableError'));
        globalThis.letGo = () => { mediaDevices.getUserMedia = open; };
      `);
      process.kill(await captureOf(failing), 'SIGKILL');
      await failing.page.locator('[data-camera="busy"]').waitFor();
      await until(failing.app, () => stateOf(failing) === 'busy');
      await failing.page.evaluate('letGo()');
      const free = performance.now();
      await looksGoOn(failing);
      recovered('camera busy, from its being free', free);
    },
    PATIENCE,
  );

  it(
    'whose picture is black is said to be covered; one that repeats a picture is opened again',
    async () => {
      await expect.poll(() => blind.problems, LONG).toContain(`main: ${COVERED}`);
      await expect.poll(() => blind.problems, LONG).toContain(`main: ${LIGHT}`);
      const again = /sends the same picture over and over/;
      await expect.poll(() => blind.cameras.some(({ message }) => again.test(message)), LONG).toBe(true);
      const said = blind.cameras.findIndex(({ message }) => again.test(message));
      const noticed = performance.now();
      await expect
        .poll(() => blind.cameras.slice(said).some(({ state }) => state === 'running'), LONG)
        .toBe(true);
      await looksGoOn(blind);
      recovered('camera repeats a picture, from the 10 s in which that is found', noticed);
      expect(blind.problems.filter((problem) => !problem.startsWith('main: the picture is'))).toEqual([]);
    },
    PATIENCE,
  );

  it('had no error on the way', () => {
    expect(failing.problems).toEqual([]);
  });
});
