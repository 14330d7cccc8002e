/**
 * From what a source holds to labelled crops: pictures of one face are shrunk, photographs are cut by the boxes of
 * the live path's own detector, so that a network learns on what it will see.
 */
import sharp from 'sharp';
import type { MaskClass, PhotoFaces } from '../../api';
import { type Box, coverage, type Size } from '../../geometry';
import { readWhole } from '../../files';
import { match, shorterSide } from '../scene-matching';
import type { SceneFace } from '../scenes';
import type { FaceItem, SceneItem } from './item';

/** Quality of the crops' JPEG. */
const JPEG_QUALITY = 92;
/** Finds below it are neither cut nor called false; higher than it costs faces behind masks. */
export const CROP_SCORE = 0.2;
/** IoU from which a find is the annotated face. */
const SAME_FACE = 0.4;
/** Shorter side below which a mask cannot be told, in pixels. */
const LEAST_PIXELS = 16;

/** The live path's detector, for stills. */
export interface FaceFinder {
  /** See `PhotosPageFunctions.findFaces` of api.ts. */
  findFaces(photo: Uint8Array, cropSize: number, threshold: number): Promise<PhotoFaces>;
}

/** What was found where a scene has no face. */
export interface FalseFind {
  /** In photo pixels. */
  box: Box;
  /** 0 to 1. */
  score: number;
}

export interface LabelledFind extends FalseFind {
  label: MaskClass;
  /** The annotated face's shorter side in photo pixels. */
  px: number;
  /** Its place among the faces found, and so among their crops. */
  index: number;
}

const tenths = (box: Box): Box => box.map((pixels) => Math.round(pixels * 10) / 10) as Box;

/** Gives the faces found in a scene the labels of the annotated ones they are. */
export function labelFinds(faces: SceneFace[], found: PhotoFaces) {
  const finds = found.faces.filter(({ score }) => score >= CROP_SCORE); // best first: indices stay
  const cuts: LabelledFind[] = [];
  const falseFinds: FalseFind[] = [];
  const matches = match(finds, faces, SAME_FACE);
  for (const [index, { box, score }] of finds.entries()) {
    const face = matches[index];
    if (!face) {
      const ignored = faces.some((other) => other.label === 'ignore' && coverage(box, other.box) > 0.5);
      if (!ignored) falseFinds.push({ box: tenths(box), score });
      continue;
    }
    const px = shorterSide(face.box);
    if (face.label === 'ignore' || face.label === 'face' || px < LEAST_PIXELS) continue;
    cuts.push({ label: face.label, px: Math.round(px), box: tenths(box), score, index });
  }
  const wanted = faces.filter(
    ({ label, box }) => label !== 'ignore' && label !== 'face' && shorterSide(box) >= LEAST_PIXELS,
  );
  return { cuts, falseFinds, missed: wanted.length - cuts.length };
}

/** The crop of the index-th face found, as a JPEG. */
export const jpegOf = ({ crops }: PhotoFaces, index: number, side: number): Promise<Buffer> =>
  sharp(crops.subarray(index * side * side * 3, (index + 1) * side * side * 3), {
    raw: { width: side, height: side, channels: 3 },
  })
    .jpeg({ quality: JPEG_QUALITY })
    .toBuffer();

/** A crop, ready to be written. */
export interface Crop {
  label: MaskClass;
  jpeg: Buffer;
  /** What it was cut by, where it was cut here. */
  box?: Box;
  score?: number;
  /** The annotated face's shorter side in photo pixels, where it was annotated. */
  px?: number;
}

export interface CutOptions {
  /** Longest side of the crops in pixels. */
  side: number;
  /** Cuts the largest face out of a picture that shows more than a face; without it such pictures stay whole. */
  finder?: FaceFinder;
}

/**
 * A picture of one face or one person.
 * @throws Error when it cannot be read, is too small, or no face is found
 */
export async function cutFace({ file, label }: FaceItem, { side, finder }: CutOptions): Promise<Crop> {
  const bytes = await readWhole(file);
  if (!finder) {
    const image = sharp(bytes, { failOn: 'error' }).autoOrient();
    const { data: jpeg, info } = await image
      .resize(side, side, { fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#000' })
      .toColourspace('srgb')
      .jpeg({ quality: JPEG_QUALITY })
      .toBuffer({ resolveWithObject: true })
      .catch((error: unknown) => {
        throw new Error(`not a readable image: ${(error as Error).message}`, { cause: error });
      });
    if (Math.min(info.width, info.height) < LEAST_PIXELS)
      throw new Error(`smaller than ${LEAST_PIXELS} pixels`);
    return { label, jpeg };
  }
  const found = await finder.findFaces(bytes, side, CROP_SCORE);
  const size = (i: number) => shorterSide(found.faces[i]!.box);
  const largest = found.faces.reduce((best, _, i) => (size(i) > size(best) ? i : best), 0);
  const face = found.faces[largest];
  if (!face) throw new Error('no face was found in it');
  const { score } = face;
  return { label, jpeg: await jpegOf(found, largest, side), box: tenths(face.box), score };
}

/**
 * An annotated photograph.
 * @returns its labelled faces that the detector found, and how many labelled ones it missed
 * @throws Error when it cannot be read, or is not of the size its annotation says
 */
export async function cutScene(
  { file, faces, unit, size }: SceneItem,
  { side, finder }: Required<CutOptions>,
): Promise<{ crops: Crop[]; missed: number }> {
  const found = await finder.findFaces(await readWhole(file), side, CROP_SCORE);
  const { width, height } = found;
  if (size && (size.width !== width || size.height !== height))
    throw new Error(`${width}×${height} pixels, but its annotation says ${size.width}×${size.height}`);
  const scaled = unit === 'shares' ? faces.map((face) => ({ ...face, box: scale(face.box, found) })) : faces;
  const { cuts, missed } = labelFinds(scaled, found);
  const crops: Crop[] = [];
  for (const { index, ...cut } of cuts) crops.push({ ...cut, jpeg: await jpegOf(found, index, side) });
  return { crops, missed };
}

const scale = ([x, y, w, h]: Box, { width, height }: Size): Box => [
  x * width,
  y * height,
  w * width,
  h * height,
];
