/**
 * The crops of a frame's faces, for whoever keeps some: as the page cut them, or, where it sent the picture itself
 * (one-shot), cut out of that as training data is cut.
 */
import type { Face, Frame } from '../api';
import { sharpness } from '../data/sharpness';
import { warp } from '../data/warp';
import { cropSquare, type Box } from '../geometry';
import type { ModelCard } from '../nets/card';

export interface FaceCrops {
  /** Side of each in pixels. */
  side: number;
  /** A copy of one: side×side×3 bytes, RGB. */
  cut: (index: number) => Uint8Array;
  /** How sharp one is (data/sharpness.ts). */
  sharp: (index: number) => number;
}

/** @param card of the classifier that takes such crops */
export function faceCrops(
  frame: Frame,
  faces: readonly Face[],
  card: Pick<ModelCard, 'input' | 'cropMargin'>,
): FaceCrops {
  const { crops, picture } = frame;
  const side = card.input.size;
  const bytes = side * side * 3;
  if (!picture)
    return {
      side,
      cut: (index) => crops.slice(index * bytes, (index + 1) * bytes),
      sharp: (index) => sharpness(crops, index, side),
    };
  const [region] = frame.regions as [Box];
  const cut = (index: number): Uint8Array =>
    cutFace(picture, within(faces[index]!.box, region, picture), side, card.cropMargin);
  return { side, cut, sharp: (index) => sharpness(cut(index), 0, side) };
}

/** A box of the frame in pixels of the picture that shows a region of it. */
function within(
  [x, y, width, height]: Box,
  [left, top, ...region]: Box,
  picture: { width: number; height: number },
): Box {
  const [across, down] = [picture.width / region[0], picture.height / region[1]];
  return [(x - left) * across, (y - top) * down, width * across, height * down];
}

/**
 * Cuts one face out of a picture.
 * @param picture RGB, row by row
 * @param box in its pixels
 * @param side of the crop in pixels
 * @param margin as for cropSquare
 * @returns side×side×3 bytes
 */
export function cutFace(
  picture: { width: number; height: number; data: Uint8Array },
  box: Box,
  side: number,
  margin: number,
): Uint8Array {
  const { width, height } = picture;
  const [left, top, length] = cropSquare(box, picture, margin);
  const view = {
    ...{ a: length / width, b: 0, c: 0, d: length / height },
    ...{ cx: (left + length / 2) / width, cy: (top + length / 2) / height },
  };
  const crop = new Uint8Array(side * side * 3);
  warp(picture, view, crop, side);
  return crop;
}
