/**
 * How well a detector does on annotated scenes: average precision a class, at one overlap or the mean over several (as
 * COCO counts it), by the faces' size. Faces whose mask is not known and those to be ignored count neither way.
 */
import { MASK_CLASSES, type MaskClass } from '../../api';
import type { SceneFace } from '../../data/scenes';
import { type SizeRange, shorterSide } from '../../data/scene-matching';
import type { Detection } from '../../detect/decode';
import { coverage, iou } from '../../geometry';

/** One scene: what was found in it, and what is there. */
export interface SceneResult {
  found: readonly Detection[];
  faces: readonly SceneFace[];
}

/** What counts as a hit: any face, or only one of a class. */
export type Counted = MaskClass | 'any';

/** A find's score for what is counted. */
const scoreFor = ({ score, probabilities }: Detection, counted: Counted): number =>
  counted === 'any' ? score : score * probabilities[MASK_CLASSES.indexOf(counted)]!;

const EVERY_SIZE: SizeRange = { from: 0, to: Infinity };
/** A find is on a face that does not count when this share of it lies there. */
const ON = 0.5;

/**
 * Area under the precision-recall curve, all points interpolated; null where no face counts.
 * @param least IoU from which a find is right
 * @param size only faces whose shorter side in photo pixels lies in it
 */
export function averagePrecision(
  results: readonly SceneResult[],
  counted: Counted,
  least = 0.5,
  size = EVERY_SIZE,
): number | null {
  const judged: { score: number; right: boolean }[] = [];
  let total = 0;
  const isOne = (face: SceneFace) => (counted === 'any' ? face.label !== 'ignore' : face.label === counted);
  const inSize = (side: number) => side >= size.from && side < size.to;
  for (const { found, faces } of results) {
    const own = faces.filter(isOne);
    const mattering = own.filter((face) => inSize(shorterSide(face.box)));
    total += mattering.length;
    const excusing = faces.filter(
      (face) =>
        face.label === 'ignore' ||
        (counted !== 'any' && face.label === 'face') ||
        (isOne(face) && !mattering.includes(face)),
    );
    const free = new Set(own);
    const finds = found
      .map((find) => ({ box: find.box, score: scoreFor(find, counted) }))
      .sort((a, b) => b.score - a.score);
    for (const { box, score } of finds) {
      let best: SceneFace | undefined;
      let most = least;
      for (const face of free) {
        const shared = iou(box, face.box);
        if (shared >= most) [best, most] = [face, shared];
      }
      if (best) {
        free.delete(best);
        if (inSize(shorterSide(best.box))) judged.push({ score, right: true });
      } else if (
        inSize(shorterSide(box)) &&
        !excusing.some((face) => coverage(box, face.box) > ON || iou(box, face.box) >= least)
      )
        judged.push({ score, right: false });
    }
  }
  return total === 0 ? null : areaUnder(judged, total);
}

function areaUnder(judged: { score: number; right: boolean }[], total: number): number {
  judged.sort((a, b) => b.score - a.score);
  let right = 0;
  const precisions = judged.map((find, i) => (right += find.right ? 1 : 0) / (i + 1));
  let [area, best] = [0, 0];
  for (let i = judged.length - 1; i >= 0; i--) {
    best = Math.max(best, precisions[i]!);
    if (judged[i]!.right) area += best / total;
  }
  return area;
}

/** Sizes that are told apart: the shorter side in photo pixels. */
export const FACE_SIZES: readonly SizeRange[] = [
  { from: 0, to: 16 },
  { from: 16, to: 32 },
  { from: 32, to: 64 },
  { from: 64, to: Infinity },
];

/** IoUs whose mean is mAP@0.5:0.95. */
const OVERLAPS = Array.from({ length: 10 }, (_, i) => 0.5 + 0.05 * i);

export interface DetectionMetrics {
  /** Scenes looked at. */
  scenes: number;
  /** Annotated faces by label. */
  faces: Record<string, number>;
  /** AP@0.5 of each class; null where no face is of it. */
  ap50: Record<MaskClass, number | null>;
  /** Mean over the classes there are. */
  map50: number | null;
  /** The same without `incorrect`: mask and no mask. */
  map50MaskNoMask: number | null;
  /** mAP@0.5:0.95. */
  map: number | null;
  /** AP@0.5 of faces, whatever they wear. */
  faceAp50: number | null;
  bySize: {
    from: number;
    to: number | null;
    faces: number;
    faceAp50: number | null;
    ap50: Record<MaskClass, number | null>;
  }[];
}

const meanOf = (values: readonly (number | null)[]): number | null => {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length;
};

/** All the figures of a detector on scenes. */
export function detectionMetrics(results: readonly SceneResult[]): DetectionMetrics {
  const each = (f: (name: MaskClass) => number | null) =>
    Object.fromEntries(MASK_CLASSES.map((name) => [name, f(name)])) as Record<MaskClass, number | null>;
  const ap50 = each((name) => averagePrecision(results, name));
  const faces: Record<string, number> = {};
  for (const { label } of results.flatMap((result) => result.faces)) faces[label] = (faces[label] ?? 0) + 1;
  return {
    scenes: results.length,
    faces,
    ap50,
    map50: meanOf(Object.values(ap50)),
    map50MaskNoMask: meanOf([ap50.correct, ap50.none]),
    map: meanOf(
      OVERLAPS.map((least) => meanOf(MASK_CLASSES.map((name) => averagePrecision(results, name, least)))),
    ),
    faceAp50: averagePrecision(results, 'any'),
    bySize: FACE_SIZES.map((size) => ({
      from: size.from,
      to: Number.isFinite(size.to) ? size.to : null,
      faces: results
        .flatMap((result) => result.faces)
        .filter(
          ({ box, label }) =>
            label !== 'ignore' && shorterSide(box) >= size.from && shorterSide(box) < size.to,
        ).length,
      faceAp50: averagePrecision(results, 'any', 0.5, size),
      ap50: each((name) => averagePrecision(results, name, 0.5, size)),
    })),
  };
}
