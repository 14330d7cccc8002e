/** Decoding and suppression against a plain reference, and how frames are fitted into the detector's picture. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, suppress } from '../../src-main/detect/decode';
import { letterboxed, resized } from '../../src-main/detect/letterbox';
import { STRIDES, placesOf } from '../../src-main/detect/places';
import { type Box, fitOf, fittedSize, iou, unfitted } from '../../src-main/geometry';
import { seeded } from '../../src-main/random';

const logistic = (x: number) => 1 / (1 + Math.exp(-x));

describe('decode', () => {
  const [width, height] = [96, 64];
  const places = placesOf(width, height);
  const next = seeded(4);
  const numbers = Float32Array.from({ length: 8 * places.count }, () => 4 * next() - 2);

  it('gives the boxes that a plain reading of the maps gives', () => {
    // Level by level, row by row: the reference keeps its own count of places.
    const wanted: { box: number[]; score: number; probabilities: number[] }[] = [];
    let place = 0;
    for (const stride of STRIDES)
      for (let y = 0; y < height / stride; y++)
        for (let x = 0; x < width / stride; x++, place++) {
          const of = (row: number) => numbers[row * places.count + place]!;
          const score = logistic(of(4));
          if (score < 0.4) continue;
          const [w, h] = [Math.exp(of(2)) * stride, Math.exp(of(3)) * stride];
          const [cx, cy] = [(x + 0.5 + of(0)) * stride, (y + 0.5 + of(1)) * stride];
          const kinds = [of(5), of(6), of(7)].map(logistic);
          const sum = kinds[0]! + kinds[1]! + kinds[2]!;
          wanted.push({
            box: [cx - w / 2, cy - h / 2, w, h],
            score,
            probabilities: kinds.map((k) => k / sum),
          });
        }
    expect(place).toBe(places.count);
    const found = decode(numbers, places, 3, 0.4);
    expect(found).toHaveLength(wanted.length);
    expect(wanted.length).toBeGreaterThan(20);
    found.forEach((face, i) => {
      face.box.forEach((value, k) => expect(value).toBeCloseTo(wanted[i]!.box[k]!, 3));
      expect(face.score).toBeCloseTo(wanted[i]!.score, 5);
      face.probabilities.forEach((value, k) => expect(value).toBeCloseTo(wanted[i]!.probabilities[k]!, 4));
    });
  });

  it('takes numbers that are none for no face, and the largest for boxes that end', () => {
    const broken = new Float32Array(8 * places.count).fill(NaN);
    expect(decode(broken, places, 3, 0.1)).toEqual([]);
    const huge = new Float32Array(8 * places.count).fill(1e30);
    for (const { box } of decode(huge, places, 3, 0.1)) expect(Number.isFinite(box[2])).toBe(true);
  });
});

describe('suppress', () => {
  const box = fc.tuple(
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 0, max: 40 }),
    fc.integer({ min: 5, max: 30 }),
    fc.integer({ min: 5, max: 30 }),
  );
  /** Takes the best that is left, strikes out what overlaps it, again and again. */
  function reference(found: { box: Box; score: number }[]): { box: Box; score: number }[] {
    const left = [...found];
    const kept = [];
    while (left.length > 0) {
      let best = 0;
      left.forEach((one, i) => {
        if (one.score > left[best]!.score) best = i;
      });
      const [taken] = left.splice(best, 1) as [{ box: Box; score: number }];
      kept.push(taken);
      for (let i = left.length - 1; i >= 0; i--) if (iou(left[i]!.box, taken.box) > 0.5) left.splice(i, 1);
    }
    return kept;
  }

  it('leaves what the plain way leaves', () => {
    fc.assert(
      fc.property(fc.array(box, { maxLength: 30 }), (boxes) => {
        const found = boxes.map((one, i) => ({
          box: one as Box,
          score: ((i * 7919) % 101) / 101 + i * 1e-6,
        }));
        expect(suppress(found)).toEqual(reference(found));
      }),
      { seed: 3 },
    );
  });
});

describe('fitting', () => {
  it('shows a frame as large as so many pixels can, in sides that the strides divide', () => {
    for (const frame of [
      { width: 1280, height: 720 },
      { width: 640, height: 480 },
      { width: 300, height: 900 },
    ]) {
      const fit = fitOf(frame, { size: 352 });
      expect(fit.width % 32).toBe(0);
      expect(fit.height % 32).toBe(0);
      expect(fit.width * fit.height).toBeLessThanOrEqual(352 * 352);
      expect(frame.width * fit.scale).toBeLessThanOrEqual(fit.width + 1e-6);
      expect(frame.height * fit.scale).toBeLessThanOrEqual(fit.height + 1e-6);
      expect(fit.scale).toBeGreaterThanOrEqual(fitOf(frame, { width: 352, height: 352 }).scale);
    }
  });

  it('puts the frame in the top left corner, grey beside it, and finds the way back', async () => {
    const frame = { width: 40, height: 20 };
    const rgb = new Uint8Array(40 * 20 * 3).fill(200);
    const fit = { width: 64, height: 64, scale: 1.6 };
    const plain = { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255], bgr: false };
    const inner = fittedSize(frame, fit);
    expect(inner).toEqual({ width: 64, height: 32 });
    const picture = letterboxed(await resized(rgb, frame, fit), inner, fit, plain);
    expect(Math.round(picture[10 * 64 + 10]!)).toBe(200);
    expect(Math.round(picture[40 * 64 + 10]!)).toBe(114);
    expect(unfitted([16, 16, 32, 8], fit)).toEqual([10, 10, 20, 5]);
  });
});
