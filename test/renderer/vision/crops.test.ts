/** Crops cut from drawn pictures. */
import { describe, expect, it } from 'vitest';
import type { Box } from '../../../src-main/geometry';
import { CropCutter } from '../../../src-renderer/vision/crops';
import { drawnPicture } from '../../../src-renderer/vision/picture';

const SIDE = 32;

function picture(width: number, height: number, paint: (context: OffscreenCanvasRenderingContext2D) => void) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d')!;
  paint(context);
  return drawnPicture(canvas, { width, height });
}

/** Mean colour of a rectangle of the k-th crop. */
function mean(crops: Uint8Array, k: number, [x, y, width, height]: Box): number[] {
  const sum = [0, 0, 0];
  for (let row = y; row < y + height; row++) {
    for (let column = x; column < x + width; column++) {
      for (let c = 0; c < 3; c++) sum[c]! += crops[((k * SIDE + row) * SIDE + column) * 3 + c]!;
    }
  }
  return sum.map((value) => Math.round(value / (width * height)));
}

describe('CropCutter', () => {
  // Red left half, blue right half, a green square of 60 px about (200, 150).
  const drawn = picture(400, 300, (context) => {
    context.fillStyle = '#f00';
    context.fillRect(0, 0, 200, 300);
    context.fillStyle = '#00f';
    context.fillRect(200, 0, 200, 300);
    context.fillStyle = '#0f0';
    context.fillRect(170, 120, 60, 60);
  });

  it('cuts the face with its margin on each side, about its centre', () => {
    // 60 px and a margin of 1/2 a side: 120 px shrunk to 32, the face in the middle 16.
    const crops = new CropCutter().cut(drawn, [[170, 120, 60, 60]], SIDE, 0.5);
    expect(crops).toHaveLength(SIDE * SIDE * 3);
    expect(mean(crops, 0, [10, 10, 12, 12])).toEqual([0, 255, 0]);
    expect(mean(crops, 0, [0, 0, 6, 32])).toEqual([255, 0, 0]);
    expect(mean(crops, 0, [26, 0, 6, 32])).toEqual([0, 0, 255]);
  });

  it('stays inside the picture for a face at its edge, without padding', () => {
    const crops = new CropCutter().cut(drawn, [[-20, -20, 60, 60]], SIDE, 0.5);
    expect(mean(crops, 0, [0, 0, SIDE, SIDE])).toEqual([255, 0, 0]);
  });

  it('puts several crops one after another, and cuts none when asked for size 0', () => {
    const boxes: Box[] = [
      [20, 20, 40, 40],
      [340, 200, 40, 40],
    ];
    const crops = new CropCutter().cut(drawn, boxes, SIDE, 0.1);
    expect(mean(crops, 0, [4, 4, 24, 24])).toEqual([255, 0, 0]);
    expect(mean(crops, 1, [4, 4, 24, 24])).toEqual([0, 0, 255]);
    expect(new CropCutter().cut(drawn, boxes, 0, 0.1)).toHaveLength(0);
  });

  it('takes every pixel into account when it shrinks much', () => {
    // Stripes of 2 px: even grey when averaged, black or white when picked.
    const stripes = picture(1024, 1024, (context) => {
      context.fillStyle = '#000';
      context.fillRect(0, 0, 1024, 1024);
      context.fillStyle = '#fff';
      for (let x = 0; x < 1024; x += 4) context.fillRect(x, 0, 2, 1024);
    });
    const crops = new CropCutter().cut(stripes, [[0, 0, 1024, 1024]], SIDE, 0);
    expect(Math.min(...crops)).toBeGreaterThan(110);
    expect(Math.max(...crops)).toBeLessThan(145);
  });
});
