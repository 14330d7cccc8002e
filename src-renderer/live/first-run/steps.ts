/** The first run's three steps, each left by what is done before the camera rather than by reading. Pure. */
import type { Track } from '../../../src-main/api';
import type { Size } from '../../../src-main/geometry';

export const STEPS = ['camera', 'stand', 'done'] as const;
export type Step = (typeof STEPS)[number];

/** A face is well placed when it is this tall, as a share of the picture, and in the middle of it. */
const TALL = 0.12;
const MIDDLE = 0.3;

/** Whether somebody stands in the frame so that they can be judged. */
export function wellPlaced(tracks: readonly Track[], picture: Size): boolean {
  return tracks.some(({ box: [x, , width, height] }) => {
    const across = (x + width / 2) / picture.width;
    return height >= TALL * picture.height && Math.abs(across - 0.5) <= MIDDLE;
  });
}
