/**
 * A Motion JPEG file that the page plays itself, picture by picture: what Chromium's fake camera cannot do, which plays
 * such files at 30 frames a second and no other rate. The page asks for pictures as it needs them.
 */
import { open } from 'node:fs/promises';
import type { FilmFacts, FilmPart } from '../api';
import { indexMjpeg } from './mjpeg';

/** A film that can be asked for. */
export interface Film extends FilmFacts {
  /** Pictures from a frame on, as the file has them; none past its end. */
  part(from: number): Promise<FilmPart>;
  close(): Promise<void>;
}

/** Pictures at once, and bytes from which no more are added. */
const MOST_PICTURES = 16;
const ENOUGH_BYTES = 4 * 1024 * 1024;

/**
 * @param path a Motion JPEG file
 * @param fps frames a second it was made for
 * @param everyFrame whether every frame is looked at once, in the film's own time, or it runs by the clock, over and over
 * @throws Error in one sentence naming the file when it cannot be played
 */
export async function openFilm(path: string, fps: number, everyFrame: boolean): Promise<Film> {
  const { frames } = await indexMjpeg(path);
  const file = await open(path);
  return {
    frames: frames.length,
    fps,
    everyFrame,
    async part(from) {
      const pictures: Uint8Array[] = [];
      let bytes = 0;
      for (const { offset, length } of frames.slice(from, from + MOST_PICTURES)) {
        if (bytes >= ENOUGH_BYTES) break;
        const picture = new Uint8Array(length);
        await file.read(picture, 0, length, offset);
        pictures.push(picture);
        bytes += length;
      }
      return { from, pictures };
    },
    close: () => file.close(),
  };
}
