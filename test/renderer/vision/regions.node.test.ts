/** Where the detector looks, and in what turn. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Box } from '../../../src-main/geometry';
import { coverage } from '../../../src-main/geometry';
import { centreSquare, planRegions, RegionTurns, tiles } from '../../../src-renderer/vision/regions';

const hd = { width: 1280, height: 720 };
const inside = ([x, y, w, h]: Box, { width, height }: typeof hd) =>
  x >= 0 && y >= 0 && w > 0 && h > 0 && x + w <= width + 1e-6 && y + h <= height + 1e-6;

describe('planRegions', () => {
  it('near: the whole picture', () => {
    expect(planRegions('near', null, hd)).toEqual({ first: [[0, 0, 1280, 720]], inTurn: [] });
  });
  it('centre: the largest centred square', () => {
    expect(planRegions('centre', null, hd).first).toEqual([[280, 0, 720, 720]]);
    expect(centreSquare({ width: 720, height: 1280 })).toEqual([0, 280, 720, 720]);
  });
  it('region: the drawn rectangle, or everything before one is drawn', () => {
    expect(planRegions('region', [0.25, 0.5, 0.5, 0.25], hd).first).toEqual([[320, 360, 640, 180]]);
    expect(planRegions('region', null, hd).first).toEqual([[0, 0, 1280, 720]]);
  });
  it('region: never outside the picture and never empty', () => {
    const part = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(part, part, part, part, (x, y, w, h) => {
        const [box] = planRegions('region', [x, y, w || 1e-9, h || 1e-9], hd).first;
        return inside(box!, hd) && box![2] >= 16 && box![3] >= 16;
      }),
    );
  });
  it('far: the whole picture, and quarters in turn', () => {
    const plan = planRegions('far', null, hd);
    expect(plan.first).toEqual([[0, 0, 1280, 720]]);
    expect(plan.inTurn).toHaveLength(4);
  });
});

describe('tiles', () => {
  const size = fc.record({
    width: fc.integer({ min: 32, max: 4000 }),
    height: fc.integer({ min: 32, max: 4000 }),
  });
  const share = fc.double({ min: 0, max: 1, noNaN: true });

  it('lie in the picture, and have any face whole that is smaller than their overlap', () => {
    fc.assert(
      fc.property(size, fc.integer({ min: 2, max: 4 }), share, share, (picture, n, atX, atY) => {
        const grid = tiles(picture, n, n, 0.2);
        const [, , width, height] = grid[0]!;
        const face: Box = [0, 0, width * 0.19, height * 0.19];
        face[0] = atX * (picture.width - face[2]);
        face[1] = atY * (picture.height - face[3]);
        expect(grid.every((tile) => inside(tile, picture))).toBe(true);
        expect(Math.max(...grid.map((tile) => coverage(face, tile)))).toBeCloseTo(1, 6);
      }),
    );
  });
});

describe('RegionTurns', () => {
  const plan = planRegions('far', null, hd);
  const taken = (turns: RegionTurns, frames: number) =>
    Array.from({ length: frames }, () => turns.take(plan));

  it('looks at everything in every frame where there is time', () => {
    const turns = new RegionTurns(60);
    turns.measured(1, 10);
    expect(turns.take(plan)).toEqual([...plan.first, ...plan.inTurn]);
  });

  it('takes tiles in turn beside the whole picture where time is short, and misses none', () => {
    const turns = new RegionTurns(24);
    turns.measured(1, 10);
    const frames = taken(turns, 4);
    for (const regions of frames) {
      expect(regions).toHaveLength(2);
      expect(regions[0]).toEqual(plan.first[0]);
    }
    expect(new Set(frames.map((regions) => String(regions[1])))).toHaveLength(4);
  });

  it('on a slow machine looks at one region a frame, the whole picture in its turn', () => {
    const turns = new RegionTurns(24);
    turns.measured(1, 80);
    const frames = taken(turns, 5);
    expect(frames.every((regions) => regions.length === 1)).toBe(true);
    expect(new Set(frames.flat().map(String))).toHaveLength(5);
  });

  it('takes on more when looking becomes cheaper', () => {
    const turns = new RegionTurns(24);
    turns.measured(1, 80);
    for (let i = 0; i < 60; i++) turns.measured(1, 4);
    expect(turns.take(plan)).toHaveLength(5);
  });

  it('follows the reach when it changes between frames', () => {
    const turns = new RegionTurns(24);
    turns.measured(1, 10);
    taken(turns, 3);
    expect(turns.take(planRegions('near', null, hd))).toEqual([[0, 0, 1280, 720]]);
    expect(turns.take(plan)).toHaveLength(2);
  });
});
