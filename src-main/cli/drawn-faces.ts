/**
 * Bare faces of labelled crops with masks and beards of our own drawn on them, to measure by. They look drawn: they
 * tell whether a colour, a pattern or hair misleads a network, not how well it knows masks.
 */
import { join } from 'node:path';
import { MASK_CLASSES, type MaskClass, type PhotoFace } from '../api';
import { decode } from '../data/decode';
import type { Label, Sample } from '../data/folders';
import { WHOLE, warp } from '../data/warp';
import type { MadePicture } from '../learn/robustness';
import { type Artwork, type MaskArtwork, readDrawings } from '../masks/artwork';
import { CLASS_OF, WAYS_TO_WEAR, type Worn } from '../masks/drape';
import { growBeard, type Photo, wearMask } from '../masks/wear';
import { projectRoot } from '../pages';
import { seeded } from '../random';
import type { FoundFaces } from './found-faces';

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
/** Beards, by their artworks. */
const BEARDS: Record<string, string> = {
  'full-dark': 'full, dark',
  'full-grey': 'full, grey',
  'goatee-brown': 'moustache and chin',
  stubble: 'stubble',
};

const labelOf = (name: MaskClass): Label => MASK_CLASSES.indexOf(name) as Label;
/** A Buffer's slice would be no copy. */
const copied = (photo: Photo): Photo => ({ ...photo, data: new Uint8Array(photo.data) });

function pick<T extends Artwork>(artworks: readonly T[], name: string): T {
  const artwork = artworks.find((one) => one.name === name);
  if (!artwork) throw new Error(`there is no artwork ${name} in assets`);
  return artwork;
}

/** Every bare face that was found: with every kind of mask, worn every way, and with beards, one of them masked. */
export async function* drawnFaces(
  samples: readonly Sample[],
  faces: FoundFaces,
  size: number,
  seed: number,
): AsyncGenerator<MadePicture> {
  const { artworks: masks, beards } = await readDrawings(join(projectRoot(), 'assets'));
  const made = (slice: string, value: string, label: Label, photo: Photo): MadePicture => {
    const pixels = new Uint8Array(size * size * 3);
    warp(photo, WHOLE, pixels, size);
    return { slice, value, label, pixels };
  };
  for (const [i, sample] of samples.entries()) {
    const face = faces.get(sample.file);
    if (!face || MASK_CLASSES[sample.label] !== 'none') continue;
    const bare = await decode(sample.file);
    for await (const { kind, way, worn, photo } of masked(bare, face, masks, i, seed))
      yield made(`drawn ${kind} mask`, way, labelOf(CLASS_OF[worn]), photo);
    for (const [k, [name, value]] of Object.entries(BEARDS).entries()) {
      const photo = copied(bare);
      const random = seeded(seed, i, k);
      await growBeard(photo, face, { artwork: pick(beards, name), random });
      yield made('drawn beard', value, sample.label, photo);
      if (name !== 'full-dark') continue;
      await wearMask(photo, face, { artwork: pick(masks, 'surgical-blue'), worn: 'correct', random });
      yield made('drawn beard', `${value}, under a mask`, labelOf('correct'), photo);
    }
  }
}

/** A face with each kind of mask, worn each way. @param i the face's place, which tells masks of a kind apart */
async function* masked(
  bare: Photo,
  face: PhotoFace,
  artworks: readonly MaskArtwork[],
  i: number,
  seed: number,
): AsyncGenerator<{ kind: string; way: string; worn: Worn; photo: Photo }> {
  for (const [kind, names] of Object.entries(KINDS))
    for (const [k, worn] of WAYS_TO_WEAR.entries()) {
      const photo = copied(bare);
      const artwork = pick(artworks, names[i % names.length]!);
      await wearMask(photo, face, { artwork, worn, random: seeded(seed, i, k) });
      yield { kind, way: WAYS[worn], worn, photo };
    }
}
