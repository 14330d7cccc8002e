/**
 * Faces of labelled crops found again by the live path's detector: how far each head is turned, and masks of our own
 * drawn on those that are bare. Needs Chromium, as whatever finds faces does. Drawn masks look drawn: they tell whether
 * a colour or pattern misleads a network, not how well it knows masks.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MASK_CLASSES, type PhotoFace } from '../api';
import { decode } from '../data/decode';
import type { Label, Sample } from '../data/folders';
import { WHOLE, warp } from '../data/warp';
import { type MaskArtwork, readArtworks } from '../masks/artwork';
import { CLASS_OF, WAYS_TO_WEAR, type Worn } from '../masks/drape';
import { fitHead } from '../masks/head-pose';
import { middleFace } from '../masks/middle-face';
import { wearMask } from '../masks/wear';
import { openPhotosPage } from '../kiosk/photos';
import type { MadePicture } from '../learn/robustness';
import { projectRoot } from '../pages';
import { seeded } from '../random';

/** Side of the crops that are asked for: none, as the face is in a crop already. */
const NO_CROPS = 0;
const LOWEST_SCORE = 0.3;

/** Kinds of masks that are drawn, by the names of their artworks; of several, one a face in turn. */
const KINDS: Record<string, readonly string[]> = {
  surgical: ['surgical-blue', 'surgical-green', 'surgical-white'],
  black: ['cloth-black'],
  patterned: ['cloth-check', 'cloth-floral'],
};
const WAYS: Record<Worn, string> = {
  correct: 'over the nose',
  'below-nose': 'below the nose',
  'on-chin': 'on the chin',
};

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

/** Every bare face that was found, with every kind of mask, worn every way. @param size of the pictures in pixels */
export async function* drawnMasks(
  samples: readonly Sample[],
  faces: FoundFaces,
  size: number,
  seed: number,
): AsyncGenerator<MadePicture> {
  const artworks = new Map<string, MaskArtwork>(
    (await readArtworks(join(projectRoot(), 'assets', 'masks'))).map((artwork) => [artwork.name, artwork]),
  );
  for (const [i, sample] of samples.entries()) {
    const { file } = sample;
    const face = faces.get(file);
    if (!face || MASK_CLASSES[sample.label] !== 'none') continue;
    const photo = await decode(file);
    for (const [kind, names] of Object.entries(KINDS))
      for (const [k, worn] of WAYS_TO_WEAR.entries()) {
        const artwork = artworks.get(names[i % names.length]!);
        if (!artwork) throw new Error(`there is no mask artwork ${names.join(' or ')} in assets/masks`);
        // A Buffer's slice would be no copy.
        const dressed = { ...photo, data: new Uint8Array(photo.data) };
        await wearMask(dressed, face, { artwork, worn, random: seeded(seed, i, k) });
        const pixels = new Uint8Array(size * size * 3);
        warp(dressed, WHOLE, pixels, size);
        const label = MASK_CLASSES.indexOf(CLASS_OF[worn]) as Label;
        yield { slice: `drawn ${kind} mask`, value: WAYS[worn], label, pixels };
      }
  }
}
