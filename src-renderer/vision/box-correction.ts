/**
 * From the detector's boxes to annotation style. The detector's are squares about eyes and mouth; people box a
 * face from the forehead to the chin, and the student's data is cut by annotated boxes.
 *
 * `maskwatch import` fits the numbers anew on annotated scenes and prints them. Annotators differ: ilc2021's boxes
 * fit best with a height of 1.12 about a centre .02 lower, macwinwin's and karan-masked's with 1.20 about one .05
 * higher. These stand between, and cost each set no more than about .01 of its face AP@0.5.
 */
import { centre, type Box } from '../../src-main/geometry';

/** Shift of the centre and scale of the sides, as shares of the detector's box. */
export interface BoxCorrection {
  shiftX: number;
  shiftY: number;
  scaleWidth: number;
  scaleHeight: number;
}

export const CORRECTION: BoxCorrection = { shiftX: 0.018, shiftY: 0, scaleWidth: 0.915, scaleHeight: 1.15 };

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
