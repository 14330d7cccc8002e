/** In what size a region of the picture is given to the detector. Pure arithmetic. */
import type { Box, Size } from '../../src-main/geometry';

/**
 * A region is given to MediaPipe with its longer side between half of the second and all of it, in pixels, shrunk by a
 * whole number because that is cheap; one that is smaller than the first is enlarged to it. MediaPipe shrinks to 192
 * itself, but gives boxes in whole pixels of what it was given; more would cost more to hand over than it tells.
 */
const SMALL_INPUT = 576;
const LARGE_INPUT = 640;

/** The region as it is looked at (on whole pixels where it is shrunk), and the size it is given to MediaPipe in. */
export function inputFor([left, top, width, height]: Box): [region: Box, size: Size] {
  const longer = Math.max(width, height);
  if (longer < SMALL_INPUT) {
    const side = (length: number): number => Math.max(1, Math.round((length * SMALL_INPUT) / longer));
    return [[left, top, width, height], { width: side(width), height: side(height) }];
  }
  const block = Math.ceil(Math.floor(longer) / LARGE_INPUT);
  // An even place and a whole number of blocks lie on whole pixels of the chroma planes, too.
  const [x, y] = [Math.floor(left / 2) * 2, Math.floor(top / 2) * 2];
  const size = {
    width: Math.max(1, Math.floor(width / block)),
    height: Math.max(1, Math.floor(height / block)),
  };
  return [[x, y, size.width * block, size.height * block], size];
}
