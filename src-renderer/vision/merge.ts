/**
 * One list of faces from detections in overlapping regions. Several regions see the same face; a tile may see
 * only a part of it.
 */
import { area, intersection, iou, type Box, type Size } from '../../src-main/geometry';
import type { Detection } from './face-detector';

export interface RegionDetection extends Detection {
  /** The region it was found in. */
  region: Box;
}

/** IoU above which two boxes are one face. */
const SAME_FACE = 0.3;
/** Share of the smaller box inside the larger above which they are one face (a part found on its own). */
const PART_OF = 0.7;
/** A box that comes this close to a region's inner edge, as a share of its own size, may be cut by it. */
const EDGE = 0.05;

/** Whether a face reaches an edge of its region that is not the picture's edge. */
export function isCut({ box, region }: RegionDetection, picture: Size): boolean {
  const [left, top, right, bottom] = [
    box[0] - region[0],
    box[1] - region[1],
    region[0] + region[2] - box[0] - box[2],
    region[1] + region[3] - box[1] - box[3],
  ];
  const near = (gap: number, size: number) => gap < size * EDGE;
  return (
    (region[0] > 0.5 && near(left, box[2])) ||
    (region[1] > 0.5 && near(top, box[3])) ||
    (region[0] + region[2] < picture.width - 0.5 && near(right, box[2])) ||
    (region[1] + region[3] < picture.height - 0.5 && near(bottom, box[3]))
  );
}

function sameFace(a: Box, b: Box): boolean {
  return iou(a, b) >= SAME_FACE || intersection(a, b) >= PART_OF * Math.min(area(a), area(b));
}

/** @returns the faces, best score first; a face seen whole stands for the cut views of it */
export function mergeDetections(found: RegionDetection[], picture: Size): Detection[] {
  const ordered = found
    .map((detection) => ({ detection, cut: isCut(detection, picture) }))
    .sort((a, b) => Number(a.cut) - Number(b.cut) || b.detection.score - a.detection.score);
  const kept: Detection[] = [];
  for (const { detection } of ordered) {
    if (!kept.some((other) => sameFace(other.box, detection.box))) kept.push(detection);
  }
  return kept.sort((a, b) => b.score - a.score);
}
