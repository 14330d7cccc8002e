/**
 * From the detector's boxes to annotation style. The detector boxes eyes to mouth and a square around; people
 * who annotate box forehead to chin, and the student's data is cut by annotated boxes. The numbers are fitted on
 * annotated scenes by `maskwatch import`, which prints them.
 */
import { centre, type Box } from '../../src-main/geometry';

/** Shift of the centre and scale of the sides, as shares of the detector's box. */
export interface BoxCorrection {
  shiftX: number;
  shiftY: number;
  scaleWidth: number;
  scaleHeight: number;
}

export const CORRECTION: BoxCorrection = { shiftX: 0, shiftY: 0.1, scaleWidth: 0.9, scaleHeight: 1.08 };

export function correctBox(box: Box, correction: BoxCorrection = CORRECTION): Box {
  const [x, y] = centre(box);
  const width = box[2] * correction.scaleWidth;
  const height = box[3] * correction.scaleHeight;
  return [
    x + box[2] * correction.shiftX - width / 2,
    y + box[3] * correction.shiftY - height / 2,
    width,
    height,
  ];
}
