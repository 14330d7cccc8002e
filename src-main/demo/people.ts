/**
 * The demo's photographs and the faces in them: found by the real detector in the whole photo, then looked at
 * again close up, where it places eyes, nose and mouth much better.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import sharp from 'sharp';
import type { PhotoFace, PhotosPageFunctions } from '../api';
import { centre, type Box } from '../geometry';
import type { Photo } from '../masks/light';
import type { Wearer } from './storyboard';

export type FindFaces = PhotosPageFunctions['findFaces'];

/** Faces below this score are not taken for people. */
const THRESHOLD = 0.6;
/** How much of its surroundings a face is looked at with, as a multiple of its box. */
const CLOSE_UP = 3.2;
/** The longer side of a close-up in pixels: near the face size the detector sees best. */
const CLOSE_UP_PIXELS = 640;

/**
 * The folder of the demo's photographs.
 * @throws Error in a sentence when the development dependency that has them is not installed
 */
export function photosFolder(): string {
  try {
    const entry = createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json');
    return path.join(path.dirname(entry), 'demo');
  } catch {
    throw new Error(
      'there is no demo here: its photographs come with the development dependency @vladmandic/face-api; ' +
        'install it (npm install) or give a camera or --source FILE.mjpeg',
    );
  }
}

/** Decodes a photo, upright, to RGB. */
export async function decodePhoto(bytes: Uint8Array): Promise<Photo> {
  const { data, info } = await sharp(bytes)
    .autoOrient()
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

/**
 * The faces of a photo. Those that are to wear a mask get keypoints as good as the detector gives them.
 * @param wearers of all shots of this photo
 */
export async function findPeople(
  photo: Photo,
  bytes: Uint8Array,
  wearers: readonly Wearer[],
  findFaces: FindFaces,
): Promise<PhotoFace[]> {
  const { faces } = await findFaces(bytes, 0, THRESHOLD);
  const people = alike(faces);
  const masked = new Set(wearers.map((wearer) => faceOf(wearer, people, photo)));
  const closer: PhotoFace[] = [];
  for (const face of people) {
    closer.push(masked.has(face) ? await lookCloser(photo, face, findFaces) : face);
  }
  return closer;
}

/** These photos show groups at one distance: what is much smaller than the others is no face. */
function alike(faces: readonly PhotoFace[]): PhotoFace[] {
  const heights = faces.map(({ box }) => box[3]).sort((a, b) => a - b);
  const middle = heights[Math.floor(heights.length / 2)] ?? 0;
  return faces.filter(({ box }) => box[3] > middle * 0.6);
}

async function lookCloser(photo: Photo, face: PhotoFace, findFaces: FindFaces): Promise<PhotoFace> {
  const side = Math.round(Math.min(Math.max(face.box[2], face.box[3]) * CLOSE_UP, photo.width, photo.height));
  const [x, y] = centre(face.box);
  const left = Math.round(Math.min(Math.max(x - side / 2, 0), photo.width - side));
  const top = Math.round(Math.min(Math.max(y - side / 2, 0), photo.height - side));
  const size = Math.min(side, CLOSE_UP_PIXELS);
  const picture = await sharp(photo.data, { raw: { width: photo.width, height: photo.height, channels: 3 } })
    .extract({ left, top, width: side, height: side })
    .resize(size, size)
    .jpeg({ quality: 92 })
    .toBuffer();
  const scale = side / size;
  const { faces } = await findFaces(picture, 0, THRESHOLD);
  const away = ({ box }: PhotoFace): number => {
    const [cx, cy] = centre(box);
    return Math.hypot(left + cx * scale - x, top + cy * scale - y);
  };
  const same = faces.sort((a, b) => away(a) - away(b))[0];
  if (!same || away(same) > face.box[2] / 2) return face;
  return {
    ...face,
    keypoints: same.keypoints.map(([kx, ky]): [number, number] => [left + kx * scale, top + ky * scale]),
  };
}

/** The face that a wearer of the storyboard means, if it was found. */
export function faceOf(wearer: Wearer, people: readonly PhotoFace[], photo: Photo): PhotoFace | undefined {
  const away = (box: Box): number => {
    const [x, y] = centre(box);
    return Math.hypot(x - wearer.at[0] * photo.width, y - wearer.at[1] * photo.height);
  };
  return people
    .filter(({ box }) => away(box) < Math.max(box[2], box[3]) * 0.6)
    .sort((a, b) => away(a.box) - away(b.box))[0];
}
