/** Finds held against annotated faces: matching, the fit of boxes and average precision, on cases done by hand. */
import { describe, expect, it } from 'vitest';
import type { Box } from '../../src-main/geometry';
import {
  averagePrecision,
  fitBoxes,
  fitted,
  match,
  type Find,
  type Sight,
} from '../../src-main/data/scene-matching';
import type { SceneFace, SceneLabel } from '../../src-main/data/scenes';

const face = (box: Box, label: SceneLabel = 'none'): SceneFace => ({ box, label });
const find = (box: Box, score: number): Find => ({ box, score });
const all = { from: 0, to: Infinity };

describe('match', () => {
  it('lets the surest find have the face, and gives each face once', () => {
    const faces = [face([0, 0, 100, 100])];
    const finds = [find([0, 0, 100, 100], 0.4), find([5, 0, 100, 100], 0.9)];
    expect(match(finds, faces, 0.5)).toEqual([undefined, faces[0]]);
  });

  it('matches nothing that overlaps less than asked', () => {
    const half = find([50, 0, 100, 100], 0.9); // IoU 1/3
    expect(match([half], [face([0, 0, 100, 100])], 0.4)).toEqual([undefined]);
    expect(match([half], [face([0, 0, 100, 100])], 0.3)[0]).toBeDefined();
  });
});

describe('fitBoxes', () => {
  it('finds the shift and the scale that the annotation has, whatever a few odd boxes say', () => {
    const truth = { shiftX: 0.05, shiftY: -0.1, scaleWidth: 0.9, scaleHeight: 1.2 };
    const sights = Array.from({ length: 20 }, (_, i): Sight => {
      const box: Box = [100 + i * 7, 80 + i * 3, 40 + i * 5, 40 + i * 5];
      const odd: Box = [box[0] + box[2] * 0.3, box[1], box[2], box[3]];
      return { finds: [find(box, 0.8)], faces: [face(i % 10 === 0 ? odd : fitted(box, truth))] };
    });
    const { fit, n } = fitBoxes(sights);
    expect(n).toBe(20);
    for (const [name, value] of Object.entries(truth)) {
      expect(fit[name as keyof typeof fit]).toBeCloseTo(value, 6);
    }
  });

  it('changes nothing where no face was found', () => {
    expect(fitBoxes([{ finds: [], faces: [face([0, 0, 50, 50])] }])).toEqual({
      fit: { shiftX: 0, shiftY: 0, scaleWidth: 1, scaleHeight: 1 },
      n: 0,
    });
  });
});

describe('averagePrecision', () => {
  const faces = [face([0, 0, 50, 50]), face([100, 0, 50, 50])];

  it('is 1 when all is found and nothing else before it', () => {
    const finds = [find([0, 0, 50, 50], 0.9), find([100, 0, 50, 50], 0.8), find([300, 0, 50, 50], 0.1)];
    expect(averagePrecision([{ finds, faces }], all)).toEqual({ faces: 2, recall: 1, ap: 1 });
  });

  it('pays for what is wrong and surer than what is right', () => {
    // Right, wrong, right: precision 1 up to half the recall, then 2/3.
    const finds = [find([0, 0, 50, 50], 0.9), find([300, 0, 50, 50], 0.8), find([100, 0, 50, 50], 0.7)];
    const { ap, recall } = averagePrecision([{ finds, faces }], all);
    expect(recall).toBe(1);
    expect(ap).toBeCloseTo(0.5 + 0.5 * (2 / 3), 9);
  });

  it('pays for a face found twice', () => {
    const finds = [find([0, 0, 50, 50], 0.9), find([3, 0, 50, 50], 0.8), find([100, 0, 50, 50], 0.7)];
    expect(averagePrecision([{ finds, faces }], all).ap).toBeCloseTo(0.5 + 0.5 * (2 / 3), 9);
  });

  it('counts faces to be ignored, and of other sizes, neither way', () => {
    const sight: Sight = {
      finds: [find([0, 0, 50, 50], 0.5), find([200, 0, 40, 40], 0.9), find([300, 0, 20, 20], 0.8)],
      faces: [face([0, 0, 50, 50]), face([200, 0, 40, 40], 'ignore'), face([300, 0, 20, 20])],
    };
    expect(averagePrecision([sight], { from: 32, to: 64 })).toEqual({ faces: 1, recall: 1, ap: 1 });
  });

  it('is nothing where there is no face', () => {
    expect(averagePrecision([{ finds: [], faces: [] }], all).ap).toBeNull();
  });
});
