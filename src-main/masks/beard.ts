/** The shape of a beard on a head, in the coordinates of head-pose.ts: close to the skin, as masks are not. */
import { row, surfaceThrough } from './drape';

/** From under the nose to under the chin; the ends are the sideburns and the jaw below them. */
export const BEARD = surfaceThrough(
  [
    row(0.8, 0.42, 1.04, 0.28, -0.78),
    row(1.08, 0.42, 1.03, 0.58, -0.72),
    row(1.36, 0.41, 0.99, 0.9, -0.64),
    row(1.62, 0.36, 0.92, 1.2, -0.56),
    row(1.94, 0.08, 0.8, 1.48, -0.5),
  ],
  1.6,
);
