/**
 * Frames out of stills: a view glides over a photo, is sampled at sub-pixel places and becomes a JPEG. Fades at
 * both ends of a shot, grey between shots.
 */
import sharp from 'sharp';
import type { Box, Size } from '../geometry';
import type { Photo } from '../masks/light';
import { GAP_SECONDS, type Shot, type View } from './storyboard';

export interface FilmFormat extends Size {
  fps: number;
  /** JPEG quality, 1 to 100. */
  quality: number;
}

/** Brightness of the grey between shots, and of what shots fade from and to. Bytes. */
const GREY = 96;
const FADE_SECONDS = 0.2;

/** Frames of a shot and of the gap after it. */
export const shotFrames = (shot: Shot, fps: number): number => Math.round(shot.seconds * fps);
export const gapFrames = (fps: number): number => Math.round(GAP_SECONDS * fps);

/** The part of the photo seen at a frame of a shot: eased, and held inside the photo. In photo pixels. */
export function viewAt(shot: Shot, frame: number, format: FilmFormat, photo: Size): Box {
  const t = frame / Math.max(1, shotFrames(shot, format.fps) - 1);
  const eased = t * t * (3 - 2 * t);
  const mix = (pick: (view: View) => number): number =>
    pick(shot.from) + eased * (pick(shot.to) - pick(shot.from));
  const aspect = format.height / format.width;
  const width = Math.min(mix((view) => view.width) * photo.width, photo.width, photo.height / aspect);
  const height = width * aspect;
  const left = mix((view) => view.centre[0]) * photo.width - width / 2;
  const top = mix((view) => view.centre[1]) * photo.height - height / 2;
  return [
    Math.min(Math.max(left, 0), photo.width - width),
    Math.min(Math.max(top, 0), photo.height - height),
    width,
    height,
  ];
}

/** Share of the picture against the grey at a frame of a shot, 0 to 1. */
export function fadeAt(shot: Shot, frame: number, fps: number): number {
  const last = shotFrames(shot, fps) - 1;
  return Math.min(1, (Math.min(frame, last - frame) + 1) / (FADE_SECONDS * fps + 1));
}

/**
 * Samples a view of the photo, bilinear at sub-pixel places, so that slow zooms do not shake.
 * @param fade 1 the picture, 0 grey
 * @returns width×height×3 bytes, RGB
 */
export function sampleView(photo: Photo, [left, top, width, height]: Box, size: Size, fade: number): Buffer {
  const out = Buffer.allocUnsafe(size.width * size.height * 3);
  const columns = places(left, width, size.width, photo.width);
  const rows = places(top, height, size.height, photo.height);
  const from = photo.data;
  const keep = Math.round(fade * 256);
  const grey = GREY * (256 - keep);
  let to = 0;
  for (let y = 0; y < size.height; y++) {
    const upper = rows.at[y]! * photo.width * 3;
    const lower = upper + photo.width * 3;
    const fy = rows.share[y]!;
    for (let x = 0; x < size.width; x++) {
      const fx = columns.share[x]!;
      const a = upper + columns.at[x]! * 3;
      const c = lower + columns.at[x]! * 3;
      const [wa, wb] = [(256 - fx) * (256 - fy), fx * (256 - fy)];
      const [wc, wd] = [(256 - fx) * fy, fx * fy];
      for (let k = 0; k < 3; k++) {
        const sum = from[a + k]! * wa + from[a + k + 3]! * wb + from[c + k]! * wc + from[c + k + 3]! * wd;
        out[to++] = ((sum >> 16) * keep + grey) >> 8;
      }
    }
  }
  return out;
}

/** For each pixel along one side: the source pixel before it and, in 256ths, the share of the one after. */
function places(start: number, length: number, count: number, limit: number) {
  const at = new Int32Array(count);
  const share = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const place = Math.min(Math.max(start + ((i + 0.5) * length) / count - 0.5, 0), limit - 1.01);
    at[i] = Math.floor(place);
    share[i] = Math.round((place - at[i]!) * 256);
  }
  return { at, share };
}

/** RGB pixels as a baseline JPEG. */
export const jpeg = (rgb: Buffer, { width, height, quality }: FilmFormat): Promise<Buffer> =>
  sharp(rgb, { raw: { width, height, channels: 3 } })
    .jpeg({ quality })
    .toBuffer();

/** A frame of the grey between shots. */
export const greyFrame = (format: FilmFormat): Promise<Buffer> =>
  jpeg(Buffer.alloc(format.width * format.height * 3, GREY), format);

/**
 * The JPEGs of one shot, in order. A few are encoded (in sharp's threads) while the next are sampled.
 */
export async function* filmShot(shot: Shot, photo: Photo, format: FilmFormat): AsyncGenerator<Buffer> {
  const count = shotFrames(shot, format.fps);
  const encoding: Promise<Buffer>[] = [];
  for (let frame = 0; frame < count; frame++) {
    const view = viewAt(shot, frame, format, photo);
    encoding.push(jpeg(sampleView(photo, view, format, fadeAt(shot, frame, format.fps)), format));
    // Lets the encoder's threads answer, and whatever else this process is doing.
    if (encoding.length > 3) yield await encoding.shift()!;
  }
  for (const rest of encoding) yield await rest;
}
