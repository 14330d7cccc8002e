/** Average precision on cases that can be counted by hand. */
import { describe, expect, it } from 'vitest';
import type { SceneFace } from '../../../src-main/data/scenes';
import type { Detection } from '../../../src-main/detect/decode';
import type { Box } from '../../../src-main/geometry';
import { averagePrecision, detectionMetrics } from '../../../src-main/learn/detect/average-precision';

const face = (x: number, label: SceneFace['label'], side = 20): SceneFace => ({
  box: [x, 0, side, side],
  label,
});
const find = (x: number, score: number, probabilities = [1, 0, 0], side = 20): Detection => ({
  box: [x, 0, side, side] as Box,
  score,
  probabilities,
});
const NONE = [0, 0, 1];

describe('averagePrecision', () => {
  it('is 1 for what is all found, and half for half', () => {
    const faces = [face(0, 'correct'), face(100, 'correct')];
    expect(averagePrecision([{ faces, found: [find(0, 0.9), find(100, 0.8)] }], 'correct')).toBe(1);
    expect(averagePrecision([{ faces, found: [find(0, 0.9)] }], 'correct')).toBe(0.5);
  });
  it('counts a false find before a right one, not after', () => {
    const faces = [face(0, 'correct')];
    expect(averagePrecision([{ faces, found: [find(0, 0.9), find(200, 0.8)] }], 'correct')).toBe(1);
    expect(averagePrecision([{ faces, found: [find(0, 0.8), find(200, 0.9)] }], 'correct')).toBe(0.5);
  });
  it('counts a second find of a face as false, and a find of the wrong class', () => {
    const faces = [face(0, 'correct'), face(100, 'none')];
    const twice = [find(0, 0.9), find(1, 0.85), find(100, 0.8, NONE)];
    expect(averagePrecision([{ faces, found: twice }], 'correct')).toBe(1);
    expect(averagePrecision([{ faces, found: [find(100, 0.9), find(0, 0.8)] }], 'correct')).toBe(0.5);
    expect(averagePrecision([{ faces, found: twice }], 'any')).toBeCloseTo(0.5 + 0.5 * (2 / 3), 6);
  });
  it('passes over what is to be ignored, and faces whose mask is not known', () => {
    const faces = [face(0, 'correct'), face(100, 'ignore'), face(200, 'face')];
    const found = [find(100, 0.95), find(200, 0.9), find(0, 0.8)];
    expect(averagePrecision([{ faces, found }], 'correct')).toBe(1);
    expect(averagePrecision([{ faces, found }], 'any')).toBe(1);
  });
  it('asks for the overlap it is told', () => {
    const scene = { faces: [face(0, 'correct')], found: [find(5, 0.9)] }; // IoU 15 / 25.
    expect(averagePrecision([scene], 'correct', 0.5)).toBe(1);
    expect(averagePrecision([scene], 'correct', 0.65)).toBe(0);
  });
  it('tells sizes apart', () => {
    const scene = {
      faces: [face(0, 'correct', 10), face(100, 'correct', 40)],
      found: [find(100, 0.9, [1, 0, 0], 40), find(300, 0.95, [1, 0, 0], 10)],
    };
    expect(averagePrecision([scene], 'correct', 0.5, { from: 32, to: 64 })).toBe(1);
    expect(averagePrecision([scene], 'correct', 0.5, { from: 0, to: 16 })).toBe(0);
  });
});

it('averages over the classes there are', () => {
  const faces = [face(0, 'correct'), face(100, 'none'), face(200, 'none')];
  const metrics = detectionMetrics([{ faces, found: [find(0, 0.9), find(100, 0.8, NONE)] }]);
  expect(metrics.ap50).toEqual({ correct: 1, incorrect: null, none: 0.5 });
  expect(metrics.map50).toBe(0.75);
  expect(metrics.faceAp50).toBeCloseTo(2 / 3, 6);
  expect(metrics.bySize.map(({ faces }) => faces)).toEqual([0, 3, 0, 0]);
});
