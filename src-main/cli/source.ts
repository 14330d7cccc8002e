/** What a watch looks at: a camera, a file as the camera, or the demo where there is no camera. */
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import type { Status } from '../api';
import { cacheFolder, demoSource } from '../demo/demo';
import { openFilm, type Film } from '../kiosk/film';
import { PLAYED_FPS, prepareSource, rateOf } from '../kiosk/source';
import { UsageError } from './output';

/** What is watched, and the file that plays it (null for a real camera). */
export interface Picture {
  source: Status['source'];
  /** A prepared .mjpeg. */
  file: string | null;
  /** A film that the page plays itself, in place of a file. */
  film?: Film;
  /** Removes what was written for it. */
  remove(): Promise<void>;
}

const CAMERA: Picture = {
  source: { kind: 'camera', name: '' },
  file: null,
  remove: () => Promise.resolve(),
};

/** What is said when the demo takes the camera's place. */
export const NO_CAMERA = 'there is no camera: the demo is played instead';

/** Whether the machine certainly has no camera; only Linux tells without opening one. */
export function hasNoCamera(platform = process.platform): boolean {
  if (platform !== 'linux') return false;
  try {
    return !readdirSync('/dev').some((name) => name.startsWith('video'));
  } catch {
    return false;
  }
}

/**
 * What to watch first. A film is played by Chromium's own fake camera; what that cannot do, the page does: every frame
 * once, or more than 30 of them a second.
 * @throws Error in one sentence when the file cannot be played
 */
export async function firstPicture(
  options: { source?: string; sourceFps?: number; everyFrame?: true; demo?: true; kiosk?: true },
  say: (message: string) => void,
): Promise<Picture> {
  if (options.everyFrame && options.source === undefined)
    throw new UsageError('--every-frame is for a film: name it with --source');
  if (options.source !== undefined) {
    const fps = options.sourceFps ?? (await rateOf(options.source));
    if (options.everyFrame || fps > PLAYED_FPS) {
      const film = await openFilm(options.source, fps, options.everyFrame === true);
      const source = { kind: 'file' as const, name: basename(options.source) };
      return { source, file: null, film, remove: () => film.close() };
    }
    const { path, name, remove } = await prepareSource(options.source, options.sourceFps, cacheFolder());
    return { source: { kind: 'file', name }, file: path, remove };
  }
  // At a door, one that is only unplugged is waited for: nobody must be shown, counted or told of who is not there.
  const instead = options.kiosk !== true && hasNoCamera();
  if (options.demo !== true && instead) say(NO_CAMERA);
  if (options.demo === true || instead) return (await demoPicture(say)) ?? CAMERA;
  return CAMERA;
}

/** The demo, for a machine without a camera; null, having said why, when there is none to play. */
export async function demoPicture(say: (message: string) => void): Promise<Picture | null> {
  try {
    let tenth = -1;
    const file = await demoSource({
      onProgress: (doing, done) => {
        if (Math.floor(done * 10) <= tenth) return;
        tenth = Math.floor(done * 10);
        say(`${doing}: ${String(tenth * 10)} %`);
      },
    });
    const { path, remove } = await prepareSource(file);
    return { source: { kind: 'demo', name: 'demo' }, file: path, remove };
  } catch (error) {
    say(
      `the demo cannot be played (${(error as Error).message}): plug in a camera, or name a film with --source`,
    );
    return null;
  }
}
