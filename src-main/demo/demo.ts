/**
 * The demo: a film for the fake camera, made at run time from photographs that a development dependency carries
 * and masks drawn by this project. Made once, then kept in the user's cache.
 */
import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, open, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { PhotoFace } from '../api';
import { openPhotosPage } from '../kiosk/photos';
import { projectRoot } from '../pages';
import { seeded } from '../random';
import { readMasks, type MaskArtwork } from '../masks/artwork';
import { filmShot, gapFrames, greyFrame, shotFrames, type FilmFormat } from './film';
import type { Photo } from '../masks/light';
import { wearMask } from '../masks/wear';
import { faceOf, findPeople, photosFolder, decodePhoto, type FindFaces } from './people';
import { STORYBOARD, type Shot } from './storyboard';
import { spanOf, type ShownFace, type Timeline } from './timeline';

/** Counts up when the same inputs would give another film. */
const VERSION = 1;

export interface DemoOptions {
  /** Told now and then: what is being done, and the share that is done, 0 to 1. */
  onProgress?: (doing: string, done: number) => void;
  /** Where the film is kept; the user's cache by default. */
  cacheFolder?: string;
  /** 1280×720 by default; the rate is always the fake camera's. */
  size?: { width: number; height: number };
  shots?: readonly Shot[];
  /** Opens what finds the faces; the photos page in a headless browser by default. */
  openPhotos?: () => Promise<{ findFaces: FindFaces; close(): Promise<void> }>;
}

/** Chromium plays any Motion JPEG file at this rate. */
const FPS = 30;
const QUALITY = 78;

/** The folder for what can be made again: XDG_CACHE_HOME, ~/Library/Caches or %LOCALAPPDATA%. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  const named = platform === 'win32' ? env['LOCALAPPDATA'] : env['XDG_CACHE_HOME'];
  if (named && path.isAbsolute(named)) return path.join(named, 'maskwatch');
  const home = homedir();
  if (platform === 'win32') return path.join(home, 'AppData', 'Local', 'maskwatch');
  return path.join(home, platform === 'darwin' ? 'Library/Caches' : '.cache', 'maskwatch');
}

/** Where the timeline of a film is (see timeline.ts). */
export const timelinePath = (film: string): string => film.replace(/\.mjpeg$/, '.json');

/**
 * Makes the demo, or finds it made.
 * @returns path of a Motion JPEG file of 30 frames/s that can be played in a loop, with a timeline beside it
 * @throws Error in a sentence when the photographs are not installed, no browser is, or the disk is full
 */
export async function demoSource(options: DemoOptions = {}): Promise<string> {
  const { onProgress = () => undefined, shots = STORYBOARD } = options;
  const format: FilmFormat = {
    ...(options.size ?? { width: 1280, height: 720 }),
    fps: FPS,
    quality: QUALITY,
  };
  const folder = photosFolder();
  const artworks = await readMasks(path.join(projectRoot(), 'assets', 'masks'));
  const names = [...new Set(shots.map((shot) => shot.photo))];
  const files = new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(path.join(folder, name))] as const)),
  );

  const hash = createHash('sha256').update(JSON.stringify([VERSION, format, shots, artworks]));
  for (const bytes of files.values()) hash.update(bytes);
  const cache = options.cacheFolder ?? cacheFolder();
  const kind = `demo-${String(format.width)}x${String(format.height)}-`;
  const film = path.join(cache, `${kind}${hash.digest('hex').slice(0, 16)}.mjpeg`);
  if (await exists(film)) return film;

  onProgress('finding the faces of the demo', 0);
  const photos = new Map<string, Photo>();
  const people = new Map<string, PhotoFace[]>();
  const page = await (options.openPhotos ?? openPhotosPage)();
  try {
    for (const [name, bytes] of files) {
      const photo = await decodePhoto(bytes);
      photos.set(name, photo);
      const wearers = shots.filter((shot) => shot.photo === name).flatMap((shot) => shot.wearers);
      people.set(name, await findPeople(photo, bytes, wearers, page.findFaces));
      onProgress('finding the faces of the demo', (0.2 * people.size) / files.size);
    }
  } finally {
    await page.close();
  }

  await mkdir(cache, { recursive: true });
  const unfinished = path.join(cache, `unfinished-${randomUUID()}`);
  try {
    const timeline = await write(
      unfinished,
      shots,
      format,
      async (shot, index) => {
        const photo = photos.get(shot.photo)!;
        return dress(shot, photo, people.get(shot.photo)!, artworks, seeded(index));
      },
      onProgress,
    );
    await writeFile(timelinePath(film), JSON.stringify(timeline));
    await rename(unfinished, film);
  } finally {
    await rm(unfinished, { force: true });
  }
  onProgress('drawing the demo', 1);
  await forgetOthers(cache, kind, film);
  return film;
}

/** A shot's photo with its masks on, and who is in it. */
async function dress(
  shot: Shot,
  bare: Photo,
  people: readonly PhotoFace[],
  artworks: readonly MaskArtwork[],
  random: () => number,
): Promise<{ photo: Photo; shown: ShownFace[] }> {
  const photo: Photo = { ...bare, data: Uint8Array.from(bare.data) };
  const shown = new Map(
    people.map((face): [PhotoFace, ShownFace] => [face, { box: face.box, worn: 'not', artwork: null }]),
  );
  for (const wearer of shot.wearers) {
    const face = faceOf(wearer, people, photo);
    const artwork = artworks.find(({ name }) => name === wearer.artwork);
    if (!artwork)
      throw new Error(`the demo's storyboard names mask artwork that is not there: ${wearer.artwork}`);
    if (!face) continue;
    await wearMask(photo, face, { artwork, worn: wearer.worn, random });
    shown.set(face, { box: face.box, worn: wearer.worn, artwork: artwork.name });
  }
  return { photo, shown: [...shown.values()] };
}

/** Writes the film's frames to a file; gives its timeline. */
async function write(
  file: string,
  shots: readonly Shot[],
  format: FilmFormat,
  dressed: (shot: Shot, index: number) => Promise<{ photo: Photo; shown: ShownFace[] }>,
  onProgress: NonNullable<DemoOptions['onProgress']>,
): Promise<Timeline> {
  const gap = gapFrames(format.fps);
  const total = shots.reduce((sum, shot) => sum + shotFrames(shot, format.fps) + gap, 0);
  const grey = await greyFrame(format);
  const spans: Timeline['timeline'] = [];
  let frames = 0;
  const output = await open(file, 'wx', 0o600);
  try {
    for (const [index, shot] of shots.entries()) {
      const { photo, shown } = await dressed(shot, index);
      spans.push(spanOf(shot, frames, photo, shown, format));
      for await (const frame of filmShot(shot, photo, format)) {
        await output.write(frame);
        frames += 1;
        if (frames % 15 === 0) onProgress('drawing the demo', 0.2 + (0.8 * frames) / total);
      }
      for (let i = 0; i < gap; i++) await output.write(grey);
      frames += gap;
    }
  } finally {
    await output.close();
  }
  return { fps: format.fps, frames, size: [format.width, format.height], timeline: spans };
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/** Films of this format from other versions are of no use any more, and large. */
async function forgetOthers(cache: string, kind: string, film: string): Promise<void> {
  const kept = [path.basename(film), path.basename(timelinePath(film))];
  const others = (await readdir(cache)).filter((name) => name.startsWith(kind) && !kept.includes(name));
  // One that another process plays may not be removable; the next demo made here removes it.
  await Promise.all(others.map((name) => rm(path.join(cache, name), { force: true }).catch(() => undefined)));
}
