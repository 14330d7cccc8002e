/**
 * A file as the camera. Chromium plays a Motion JPEG file over and over as a fake camera, always at 30 frames a
 * second and whatever rate it was made for (its media/capture/video/file_video_capture_device.cc), and only when its name ends in
 * .mjpeg. So a file of another rate is written anew beforehand, frames repeated or dropped, bytes unchanged.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as v from 'valibot';
import { indexMjpeg, type MjpegIndex } from './mjpeg';

/** Frames a second of Chromium's file camera. */
export const PLAYED_FPS = 30;

export interface Source {
  /** What Chromium is given to play. */
  path: string;
  /** The name to show: that of the file the user named. */
  name: string;
  /** Seconds until it starts again. */
  seconds: number;
  width: number;
  height: number;
  /** Removes what was written for it. */
  remove(): Promise<void>;
}

const rate = v.pipe(v.number(), v.minValue(0.1), v.maxValue(1000));
const sidecarSchema = v.object({ fps: v.optional(rate) });

/** The rate a file was made for: from FILE.json beside it where that has "fps", else 30. */
export async function rateOf(path: string): Promise<number> {
  const sidecar = path.slice(0, path.length - extname(path).length) + '.json';
  let text: string;
  try {
    text = await readFile(sidecar, 'utf8');
  } catch {
    return PLAYED_FPS; // Most files have none.
  }
  try {
    return v.parse(sidecarSchema, JSON.parse(text)).fps ?? PLAYED_FPS;
  } catch (error) {
    const reason = (error as Error).message;
    throw new Error(
      `${sidecar} does not say a frame rate in "fps" (${reason}): mend it or give --source-fps`,
      {
        cause: error,
      },
    );
  }
}

/** For each frame to be played, the index of the frame of the file that is nearest in time. */
export function resample(frames: number, fps: number): number[] {
  const played = Math.max(1, Math.round((frames * PLAYED_FPS) / fps));
  return Array.from({ length: played }, (_, i) =>
    Math.min(frames - 1, Math.floor(((i + 0.5) * fps) / PLAYED_FPS)),
  );
}

async function* pictures(path: string, index: MjpegIndex, order: number[]): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    let last = -1;
    let bytes = Buffer.alloc(0);
    for (const i of order) {
      if (i !== last) {
        const { offset, length } = index.frames[i]!;
        bytes = Buffer.allocUnsafe(length);
        await file.read(bytes, 0, length, offset);
        last = i;
      }
      yield bytes;
    }
  } finally {
    await file.close();
  }
}

/** A name that stands for the file as it is now, played at a rate: a restarted main plays the same one on. */
async function nameFor(path: string, fps: number): Promise<string> {
  const { mtimeMs, size } = await stat(path);
  const about = JSON.stringify([resolve(path), mtimeMs, size, fps]);
  return `source-${createHash('sha256').update(about).digest('hex').slice(0, 16)}.mjpeg`;
}

/**
 * Makes a file ready to be the camera.
 *
 * @param path a Motion JPEG file, of any name
 * @param fps the rate it was made for; without it, what FILE.json beside it says, else 30
 * @param folder where a file of another rate is written anew; only the user may write there
 * @throws Error in one sentence naming the file when it cannot be played
 */
export async function prepareSource(path: string, fps?: number, folder?: string): Promise<Source> {
  const index = await indexMjpeg(path);
  const made = fps ?? (await rateOf(path));
  const about = { name: basename(path), width: index.width, height: index.height };
  if (made === PLAYED_FPS && extname(path).toLowerCase() === '.mjpeg') {
    const seconds = index.frames.length / PLAYED_FPS;
    return { ...about, path, seconds, remove: () => Promise.resolve() };
  }
  const order = resample(index.frames.length, made);
  const name = folder === undefined ? `maskwatch-source-${randomUUID()}.mjpeg` : await nameFor(path, made);
  const written = join(folder ?? tmpdir(), name);
  const unfinished = `${written}.${String(process.pid)}`;
  try {
    if (!existsSync(written)) {
      if (folder !== undefined) await mkdir(folder, { recursive: true, mode: 0o700 });
      const output = createWriteStream(unfinished, { mode: 0o600 });
      await pipeline(Readable.from(pictures(path, index, order)), output);
      await rename(unfinished, written);
    }
  } catch (error) {
    await rm(unfinished, { force: true });
    throw new Error(`cannot prepare ${path}: ${(error as Error).message}`, { cause: error });
  }
  const remove = (): Promise<void> => rm(written, { force: true });
  return { ...about, path: written, seconds: order.length / PLAYED_FPS, remove };
}
