/**
 * Holds what a detector found in annotated scenes against the annotation: which find is which face, how its
 * boxes lie beside the annotated ones, and the detector's average precision.
 */
import { centre, coverage, iou, type Box } from '../geometry';
import type { SceneFace } from './scenes';

/** A face that the detector found, in photo pixels. */
export interface Find {
  box: Box;
  /** 0 to 1. */
  score: number;
}

/** One scene's finds and annotated faces. */
export interface Sight {
  finds: Find[];
  faces: SceneFace[];
}

/** How annotated boxes lie beside found ones: shift of the centre and scale of the sides, as shares of the found. */
export interface BoxFit {
  shiftX: number;
  shiftY: number;
  scaleWidth: number;
  scaleHeight: number;
}

export const NO_FIT: BoxFit = { shiftX: 0, shiftY: 0, scaleWidth: 1, scaleHeight: 1 };

export const shorterSide = (box: Box): number => Math.min(box[2], box[3]);

export function fitted(box: Box, fit: BoxFit): Box {
  const [x, y] = centre(box);
  const [width, height] = [box[2] * fit.scaleWidth, box[3] * fit.scaleHeight];
  return [x + box[2] * fit.shiftX - width / 2, y + box[3] * fit.shiftY - height / 2, width, height];
}

/**
 * Gives each find, best score first, the free annotated face that it overlaps most.
 * @param least IoU below which they are not the same face
 * @returns for each find (in the order given) its face or undefined
 */
export function match(finds: Find[], faces: SceneFace[], least: number): (SceneFace | undefined)[] {
  const free = new Set(faces);
  const matches = finds.map((): SceneFace | undefined => undefined);
  const order = finds.map((_, i) => i).sort((a, b) => finds[b]!.score - finds[a]!.score);
  for (const i of order) {
    let best: SceneFace | undefined;
    let most = least;
    for (const face of free) {
      const overlap = iou(finds[i]!.box, face.box);
      if (overlap >= most) [best, most] = [face, overlap];
    }
    if (best) free.delete(best);
    matches[i] = best;
  }
  return matches;
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Smaller faces are annotated too coarsely, and less sure finds lie too loosely, to fit boxes by. */
const FIT_PIXELS = 24;
const FIT_SCORE = 0.3;

/**
 * Fits found boxes to annotated ones by medians, which a few wrong matches do not move. Matches again with
 * what it found, so that a large shift does not hide faces from the fit.
 * @returns the fit and how many faces it stands on; no change when there are none
 */
export function fitBoxes(sights: Sight[], least = 0.4): { fit: BoxFit; n: number } {
  let fit = NO_FIT;
  let n = 0;
  for (let round = 0; round < 3; round++) {
    const pairs = sights.flatMap(({ finds, faces }) => {
      const sure = finds.filter(({ score }) => score >= FIT_SCORE);
      const moved = sure.map((find) => ({ ...find, box: fitted(find.box, fit) }));
      return match(moved, faces, least).flatMap((face, i) =>
        face && face.label !== 'ignore' && shorterSide(face.box) >= FIT_PIXELS
          ? [{ found: sure[i]!.box, annotated: face.box }]
          : [],
      );
    });
    n = pairs.length;
    if (n === 0) break;
    fit = {
      shiftX: median(
        pairs.map(({ found, annotated }) => (centre(annotated)[0] - centre(found)[0]) / found[2]),
      ),
      shiftY: median(
        pairs.map(({ found, annotated }) => (centre(annotated)[1] - centre(found)[1]) / found[3]),
      ),
      scaleWidth: median(pairs.map(({ found, annotated }) => annotated[2] / found[2])),
      scaleHeight: median(pairs.map(({ found, annotated }) => annotated[3] / found[3])),
    };
  }
  return { fit, n };
}

/** Faces by their shorter side in photo pixels: from `from` to below `to`. */
export interface SizeRange {
  from: number;
  to: number;
}

export interface Precision {
  /** Annotated faces of that size, and the share of them that was found at all. */
  faces: number;
  recall: number;
  /** Area under the precision-recall curve, all points interpolated; null without faces. */
  ap: number | null;
}

/** A find of nothing well below or above the sizes asked for is no mistake there. */
const SIZE_SLACK = 0.8;

/**
 * Average precision of the finds at one IoU. Faces to be ignored or of another size count neither way, nor do
 * finds on them.
 * @param least IoU that makes a find right, 0.5 for AP@0.5
 */
export function averagePrecision(sights: Sight[], size: SizeRange, least = 0.5): Precision {
  const counts = (face: SceneFace) =>
    face.label !== 'ignore' && shorterSide(face.box) >= size.from && shorterSide(face.box) < size.to;
  const judged: { score: number; right: boolean }[] = [];
  let faces = 0;
  for (const sight of sights) {
    faces += sight.faces.filter(counts).length;
    match(sight.finds, sight.faces, least).forEach((face, i) => {
      const { box, score } = sight.finds[i]!;
      if (face) {
        if (counts(face)) judged.push({ score, right: true });
        return;
      }
      const excused =
        shorterSide(box) < size.from * SIZE_SLACK ||
        shorterSide(box) > size.to ||
        sight.faces.some((other) => !counts(other) && coverage(box, other.box) > 0.5);
      if (!excused) judged.push({ score, right: false });
    });
  }
  if (faces === 0) return { faces, recall: 0, ap: null };
  judged.sort((a, b) => b.score - a.score);
  let right = 0;
  const points = judged.map((find, i) => {
    if (find.right) right += 1;
    return { precision: right / (i + 1), gain: find.right ? 1 / faces : 0 };
  });
  let ap = 0;
  let best = 0;
  for (const { precision, gain } of points.toReversed()) {
    best = Math.max(best, precision);
    ap += gain * best;
  }
  return { faces, recall: right / faces, ap };
}
