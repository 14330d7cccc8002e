/**
 * Puts a drawn mask, or a beard, on a bare face of a photo: fits the head to the detector's keypoints, drapes the
 * artwork over it, lights it as the face is lit. Knows nothing of where photos and faces come from.
 */
import type { PhotoFace } from '../api';
import { rasterise, type Artwork, type MaskArtwork, type Raster } from './artwork';
import { BEARD } from './beard';
import { drape, type Surface, type Worn } from './drape';
import { fitHead, project, type HeadPose, type Point3 } from './head-pose';
import { layOn, likeSkin, pixel, skinColour, type Photo } from './light';
import { drawSurface } from './surface';

export type { Photo } from './light';
export type { Worn } from './drape';

export interface MaskWish {
  artwork: MaskArtwork;
  worn: Worn;
  /** 0…1, uniform: how the mask sits is varied a little, and its grain. */
  random: () => number;
}

/** The mask's outline corners on the photo, clockwise from the viewer's upper left: for tests and previews. */
export interface WornMask {
  pose: HeadPose;
  bridge: Point3;
  chin: Point3;
  left: Point3;
  right: Point3;
}

/**
 * Draws a mask on a face.
 *
 * @param photo changed in place
 * @param face with its six keypoints, in photo pixels
 * @returns where it was drawn
 * @throws Error when the face has not six keypoints
 */
export async function wearMask(
  photo: Photo,
  face: Pick<PhotoFace, 'keypoints'>,
  { artwork, worn, random }: MaskWish,
): Promise<WornMask> {
  const { pose, surface } = await lay(photo, face, { artwork, surface: drape(artwork.form, worn), random });
  const at = (u: number, v: number): Point3 => project(pose, surface(u, v));
  return { pose, bridge: at(0, 0), chin: at(0, 1), left: at(-1, 0.5), right: at(1, 0.5) };
}

/**
 * Grows a drawn beard on a face: still bare, to whoever judges masks.
 *
 * @param photo changed in place
 * @param face with its six keypoints, in photo pixels
 * @throws Error when the face has not six keypoints
 */
export async function growBeard(
  photo: Photo,
  face: Pick<PhotoFace, 'keypoints'>,
  { artwork, random }: { artwork: Artwork; random: () => number },
): Promise<void> {
  await lay(photo, face, { artwork, surface: BEARD, random });
}

/** Lays artwork over a head. @returns where the head is, and the surface as it came to lie on it */
async function lay(
  photo: Photo,
  face: Pick<PhotoFace, 'keypoints'>,
  { artwork, surface: usual, random }: { artwork: Artwork; surface: Surface; random: () => number },
): Promise<{ pose: HeadPose; surface: Surface }> {
  const pose = fitHead(face.keypoints);
  const surface = varied(usual, random);
  const skin = skinColour(photo, pose);
  const raster = await fabricRaster(artwork, pose.scale);
  const layer = drawSurface({
    artwork,
    raster,
    pose,
    surface,
    loopShows: (x, y) => likeSkin(pixel(photo, x, y), skin),
  });
  layOn(photo, layer, pose, random);
  return { pose, surface };
}

/** No two masks or beards sit alike: shifted, turned and sized a little. */
function varied(surface: Surface, random: () => number): Surface {
  const spread = (by: number): number => (random() * 2 - 1) * by;
  const [down, lean, size] = [spread(0.03), spread(0.03), 1 + spread(0.03)];
  return (u, v) => {
    const [x, y, z] = surface(u, v);
    return [x * size, y + down + x * lean, z];
  };
}

const rasters = new WeakMap<Artwork, Map<number, Promise<Raster>>>();

/** Widths that artwork is drawn at; drawing costs much more than sampling, so faces share them. */
const WIDTHS = [160, 320, 480, 800, 1400] as const;

/** The smallest kept raster that has at least two texels for each pixel that the mask covers. */
function fabricRaster(artwork: Artwork, scale: number): Promise<Raster> {
  const width = WIDTHS.find((each) => each >= scale * 4) ?? WIDTHS[WIDTHS.length - 1]!;
  const known = rasters.get(artwork) ?? new Map<number, Promise<Raster>>();
  rasters.set(artwork, known);
  const raster = known.get(width) ?? rasterise(artwork, width);
  known.set(width, raster);
  return raster;
}
