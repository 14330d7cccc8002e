/** One face for each face, however many regions saw it. */
import { describe, expect, it } from 'vitest';
import type { Box } from '../../../src-main/geometry';
import { correctBox } from '../../../src-renderer/vision/box-correction';
import { isCut } from '../../../src-main/geometry';
import { mergeDetections, type RegionDetection } from '../../../src-renderer/vision/merge';

const picture = { width: 1000, height: 800 };
const whole: Box = [0, 0, 1000, 800];
const left: Box = [0, 0, 550, 800];
const right: Box = [450, 0, 550, 800];
const found = (box: Box, score: number, region: Box): RegionDetection => ({
  box,
  score,
  region,
  keypoints: [[box[0], box[1]]],
});

describe('isCut', () => {
  it('is so at an edge that two regions share, and not at the picture’s own', () => {
    expect(isCut(found([480, 100, 70, 70], 0.9, left), picture)).toBe(true);
    expect(isCut(found([440, 100, 70, 70], 0.9, right), picture)).toBe(true);
    expect(isCut(found([0, 0, 70, 70], 0.9, left), picture)).toBe(false);
    expect(isCut(found([930, 740, 90, 90], 0.9, right), picture)).toBe(false);
    expect(isCut(found([300, 100, 70, 70], 0.9, left), picture)).toBe(false);
  });
});

describe('mergeDetections', () => {
  it('gives the views of one face the weighted mean of their boxes and points, and the best score', () => {
    const [face, ...others] = mergeDetections(
      [found([100, 100, 60, 60], 0.6, whole), found([106, 103, 60, 66], 0.3, left)],
      picture,
    );
    expect(others).toEqual([]);
    expect(face!.score).toBe(0.6);
    expect(face!.box.map((n) => Math.round(n * 10) / 10)).toEqual([102, 101, 60, 62]);
    expect(face!.keypoints.map((point) => point.map(Math.round))).toEqual([[102, 101]]);
  });

  it('takes the whole face over a cut view of it, even a surer one', () => {
    const seenWhole = found([500, 100, 100, 100], 0.4, whole);
    const cut = found([505, 100, 45, 100], 0.9, left);
    expect(mergeDetections([cut, seenWhole], picture).map(({ box }) => box)).toEqual([seenWhole.box]);
  });

  it('keeps a cut face that nothing else shows', () => {
    const cut = found([480, 100, 70, 70], 0.5, left);
    expect(mergeDetections([cut], picture)).toHaveLength(1);
  });

  it('drops a part that was found on its own', () => {
    const nose = found([125, 125, 30, 30], 0.5, left);
    expect(mergeDetections([found([100, 100, 100, 100], 0.6, whole), nose], picture)).toHaveLength(1);
  });

  it('keeps neighbours apart, best first', () => {
    const faces = mergeDetections(
      [found([100, 100, 60, 60], 0.5, whole), found([150, 100, 60, 60], 0.8, whole)],
      picture,
    );
    expect(faces.map(({ score }) => score)).toEqual([0.8, 0.5]);
  });
});

describe('correctBox', () => {
  it('moves the centre and scales the sides by shares of the box', () => {
    const correction = { shiftX: 0.1, shiftY: -0.2, scaleWidth: 0.5, scaleHeight: 2 };
    expect(correctBox([100, 100, 40, 20], correction)).toEqual([114, 86, 20, 40]);
  });
});
