/** The demo made for real, small: the installed browser finds the faces, the frames are read back. */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cacheFolder, demoSource, timelinePath, type DemoOptions } from '../../src-main/demo/demo';
import type { Shot } from '../../src-main/demo/storyboard';
import type { Timeline } from '../../src-main/demo/timeline';
import { iou } from '../../src-main/geometry';
import { indexMjpeg } from '../../src-main/kiosk/mjpeg';
import { openPhotosPage, type PhotosPage } from '../../src-main/kiosk/photos';

const SHOT: Shot = {
  photo: 'sample6.jpg',
  seconds: 0.8,
  from: { centre: [0.5, 0.38], width: 0.92 },
  to: { centre: [0.5, 0.36], width: 0.8 },
  wearers: [
    { at: [0.19, 0.42], worn: 'correct', artwork: 'surgical-blue' },
    { at: [0.67, 0.3], worn: 'below-nose', artwork: 'surgical-blue' },
  ],
};

let folder: string;
let page: PhotosPage;
let options: DemoOptions;
let film: string;
let timeline: Timeline;
const told: number[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-demo-'));
  page = await openPhotosPage();
  options = {
    cacheFolder: folder,
    size: { width: 640, height: 360 },
    shots: [SHOT],
    openPhotos: () =>
      Promise.resolve({ findFaces: page.findFaces.bind(page), close: () => Promise.resolve() }),
    onProgress: (_, done) => told.push(done),
  };
  film = await demoSource(options);
  timeline = JSON.parse(await readFile(timelinePath(film), 'utf8')) as Timeline;
  // A browser is started and a film is made, beside whatever else the machine has to do.
}, 180_000);
afterAll(async () => {
  await page.close();
  await rm(folder, { recursive: true });
});

describe('demoSource', () => {
  it('gives a film that the fake camera can play, as long as its timeline says', async () => {
    const index = await indexMjpeg(film);
    expect([index.width, index.height]).toEqual([640, 360]);
    expect(index.frames).toHaveLength(timeline.frames);
    expect(timeline).toMatchObject({ fps: 30, size: [640, 360] });
    expect(timeline.timeline[0]).toMatchObject({ start: 0, end: 0.8, photo: 'sample6.jpg' });
  });

  it('says who is in it and what a right verdict on them is', () => {
    const labels = timeline.timeline[0]!.faces.map(({ label }) => label).sort();
    expect(labels).toEqual(['correct', 'incorrect', 'none', 'none']);
  });

  it('has the faces where the timeline says', async () => {
    const { frames } = await indexMjpeg(film);
    const bytes = await readFile(film);
    for (const at of [6, 18]) {
      const { offset, length } = frames[at]!;
      const jpeg = bytes.subarray(offset, offset + length);
      const seen = await page.findFaces(jpeg, 0, 0.3);
      for (const face of timeline.timeline[0]!.faces) {
        const box = face.boxes.find(({ frame }) => frame === at)!.box;
        const best = Math.max(...seen.faces.map((other) => iou(other.box, box)));
        expect(best, `${face.label} at frame ${String(at)}`).toBeGreaterThan(0.5);
      }
    }
  });

  it('begins and ends in the same grey, so that it loops', async () => {
    const { frames } = await indexMjpeg(film);
    const bytes = await readFile(film);
    const last = frames[frames.length - 1]!;
    const { channels } = await sharp(bytes.subarray(last.offset, last.offset + last.length)).stats();
    for (const { min, max } of channels) expect(max - min).toBeLessThan(3);
  });

  it('tells how far it is', () => {
    expect(told[0]).toBe(0);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(1);
  });

  it('is made once', async () => {
    const again = await demoSource({
      ...options,
      openPhotos: () => Promise.reject(new Error('made again')),
    });
    expect(again).toBe(film);
    expect((await readdir(folder)).sort()).toHaveLength(2);
  });

  it('leaves nothing half done behind', async () => {
    const other = {
      ...options,
      shots: [{ ...SHOT, wearers: [{ ...SHOT.wearers[0]!, artwork: 'paper-bag' }] }],
    };
    await expect(demoSource(other)).rejects.toThrow('mask artwork that is not there: paper-bag');
    expect((await readdir(folder)).filter((name) => name.startsWith('unfinished'))).toEqual([]);
  });
});

describe('cacheFolder', () => {
  it('is where the system keeps what can be made again', () => {
    expect(cacheFolder({ XDG_CACHE_HOME: '/var/cache/me' }, 'linux')).toBe('/var/cache/me/maskwatch');
    expect(cacheFolder({}, 'linux')).toMatch(/\.cache\/maskwatch$/);
    expect(cacheFolder({}, 'darwin')).toMatch(/Library\/Caches\/maskwatch$/);
  });
});
