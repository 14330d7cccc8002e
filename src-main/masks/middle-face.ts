/** The face that a crop is of, among all that the detector finds in it. */
import type { PhotoFace, PhotoFaces } from '../api';

/** @returns the face nearest to the middle, where a crop's own face is; undefined when none was found */
export function middleFace({ faces, width, height }: PhotoFaces): PhotoFace | undefined {
  const aside = ({ box: [x, y, w, h] }: PhotoFace): number =>
    Math.hypot(x + w / 2 - width / 2, y + h / 2 - height / 2);
  return [...faces].sort((a, b) => aside(a) - aside(b))[0];
}
