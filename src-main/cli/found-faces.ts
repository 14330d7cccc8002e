/**
 * Faces of labelled crops found again by the live path's detector, and how far each head is turned. Needs Chromium, as
 * whatever finds faces does.
 */
import { readFile } from 'node:fs/promises';
import type { PhotoFace } from '../api';
import type { Sample } from '../data/folders';
import { openPhotosPage } from '../kiosk/photos';
import { fitHead } from '../masks/head-pose';
import { middleFace } from '../masks/middle-face';

/** Side of the crops that are asked for: none, as the face is in a crop already. */
const NO_CROPS = 0;
const LOWEST_SCORE = 0.3;

/** The face of each crop, by its file; crops in which none is found have none. */
export type FoundFaces = ReadonlyMap<string, PhotoFace>;

/**
 * Finds the face of each crop: the one nearest to the middle, where a crop's face is.
 * @throws Error in one sentence when no browser is installed
 */
export async function findAgain(
  samples: readonly Sample[],
  onProgress: (done: number) => void,
): Promise<FoundFaces> {
  const page = await openPhotosPage();
  try {
    const found = new Map<string, PhotoFace>();
    for (const [i, { file }] of samples.entries()) {
      const face = middleFace(await page.findFaces(await readFile(file), NO_CROPS, LOWEST_SCORE));
      if (face) found.set(file, face);
      onProgress(i + 1);
    }
    return found;
  } finally {
    await page.close();
  }
}

/** How far each found head is turned to a side, in degrees. */
export const turnsOf = (faces: FoundFaces): Map<string, number> =>
  new Map([...faces].map(([file, { keypoints }]) => [file, degrees(Math.abs(fitHead(keypoints).yaw))]));
const degrees = (radians: number): number => (radians * 180) / Math.PI;
