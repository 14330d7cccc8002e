/** What the detector's loss is fed for a batch: the faces of its pictures, and which places may answer for which. */
import { MASK_CLASSES } from '../../api';
import type { SceneFace } from '../../data/scenes';
import { STRIDES, placesOf } from '../../detect/places';

/** Faces of a picture that are taught; of a crowd that has more, the smallest are ignored. */
export const MOST_FACES = 40;

/** Places from whose centre a face's centre is no farther than this many strides may answer for it. */
const NEAR = 1.5;

export interface PictureBatch {
  /** Pictures in it. */
  batch: number;
  /** Their side in pixels. */
  size: number;
}

/**
 * The loss's inputs for a batch.
 * @param scenes the faces of each picture, in its pixels
 * @param classWeights how much each class counts against the others
 */
export function targetsOf(
  scenes: readonly (readonly SceneFace[])[],
  { batch, size }: PictureBatch,
  classWeights: readonly number[],
): Record<string, Float32Array> {
  const places = placesOf(size, size);
  const classes = MASK_CLASSES.length;
  const boxes = new Float32Array(batch * 4 * MOST_FACES);
  const kinds = new Float32Array(batch * classes * MOST_FACES);
  const known = new Float32Array(batch * MOST_FACES);
  const candidates = new Float32Array(batch * MOST_FACES * places.count);
  const counted = new Float32Array(batch * places.count).fill(1);
  for (const [n, faces] of scenes.entries()) {
    const taught = faces
      .filter(({ label }) => label !== 'ignore')
      .sort((a, b) => b.box[2] * b.box[3] - a.box[2] * a.box[3]);
    const ignored = [...faces.filter(({ label }) => label === 'ignore'), ...taught.splice(MOST_FACES)];
    for (const { box } of ignored)
      forPlacesIn(size, box, 0, (place) => (counted[n * places.count + place] = 0));
    for (const [g, { box, label }] of taught.entries()) {
      const [left, top, width, height] = box;
      [left, top, left + width, top + height].forEach(
        (edge, k) => (boxes[(n * 4 + k) * MOST_FACES + g] = edge),
      );
      const row = (n * MOST_FACES + g) * places.count;
      forPlacesIn(size, box, NEAR, (place) => {
        candidates[row + place] = 1;
        counted[n * places.count + place] = 1;
      });
      if (label === 'face' || label === 'ignore') continue;
      const kind = MASK_CLASSES.indexOf(label);
      kinds[(n * classes + kind) * MOST_FACES + g] = 1;
      known[n * MOST_FACES + g] = classWeights[kind]!;
    }
  }
  return { boxes, kinds, known, candidates, counted };
}

/** Calls for every place inside a box, or nearer to its centre than so many strides both ways. */
function forPlacesIn(
  size: number,
  [left, top, width, height]: SceneFace['box'],
  near: number,
  call: (place: number) => void,
): void {
  const [cx, cy] = [left + width / 2, top + height / 2];
  let first = 0;
  for (const stride of STRIDES) {
    const side = size / stride;
    const from = (edge: number, centre: number) =>
      Math.max(0, Math.ceil(Math.min(edge, centre - near * stride) / stride - 0.5));
    const to = (edge: number, centre: number) =>
      Math.min(side - 1, Math.floor(Math.max(edge, centre + near * stride) / stride - 0.5));
    for (let row = from(top, cy); row <= to(top + height, cy); row++)
      for (let column = from(left, cx); column <= to(left + width, cx); column++)
        call(first + row * side + column);
    first += side * side;
  }
}
