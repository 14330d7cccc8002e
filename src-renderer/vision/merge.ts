/**
 * One list of faces from detections in overlapping regions. Several regions see the same face; a tile may see
 * only a part of it.
 */
import { area, intersection, iou, isCut, type Box, type Size } from '../../src-main/geometry';
import type { Detection } from './face-detector';

export interface RegionDetection extends Detection {
  /** The region it was found in. */
  region: Box;
}

/** IoU above which two boxes are one face. */
const SAME_FACE = 0.4;
/** Share of the smaller box inside the larger above which they are one face (a part found on its own). */
const PART_OF = 0.7;

function sameFace(a: Box, b: Box): boolean {
  return iou(a, b) >= SAME_FACE || intersection(a, b) >= PART_OF * Math.min(area(a), area(b));
}

/** The views' mean, weighted by score: each region rounds and errs differently, and the mean errs least. */
function mean(views: Detection[]): Pick<Detection, 'box' | 'keypoints'> {
  const total = views.reduce((sum, { score }) => sum + score, 0);
  const weighted = (value: (view: Detection) => number) =>
    views.reduce((sum, view) => sum + value(view) * view.score, 0) / total;
  return {
    box: [
      weighted(({ box }) => box[0]),
      weighted(({ box }) => box[1]),
      weighted(({ box }) => box[2]),
      weighted(({ box }) => box[3]),
    ],
    keypoints: views[0]!.keypoints.map((_, i) => [
      weighted(({ keypoints }) => keypoints[i]![0]),
      weighted(({ keypoints }) => keypoints[i]![1]),
    ]),
  };
}

/**
 * @param found faces with the region each was found in; scores above 0
 * @returns the faces, best score first; a face seen whole stands for the cut views of it, and one seen whole in
 *   several regions has the mean box of them and the best score
 */
export function mergeDetections(found: RegionDetection[], picture: Size): Detection[] {
  const ordered = found
    .map((view) => ({ view, cut: isCut(view, picture) }))
    .sort((a, b) => Number(a.cut) - Number(b.cut) || b.view.score - a.view.score);
  const faces: { best: Detection; views: Detection[] }[] = [];
  for (const { view, cut } of ordered) {
    const face = faces.find(({ best }) => sameFace(best.box, view.box));
    if (!face) faces.push({ best: view, views: [view] });
    else if (!cut && iou(face.best.box, view.box) >= SAME_FACE) face.views.push(view);
  }
  return faces
    .map(({ best, views }) => ({ score: best.score, ...mean(views) }))
    .sort((a, b) => b.score - a.score);
}
