/**
 * Where the detector looks. It sees any region at 192 pixels across, so a distant face is found only where a
 * smaller region makes it large enough: a 5 m face is about 30 px of a 1280-wide picture, 4 px of the detector's.
 */
import type { Reach } from '../../src-main/api';
import type { Box, Size } from '../../src-main/geometry';

/** How much neighbouring tiles share, as a share of a tile: faces smaller than that are whole in one of them. */
export const TILE_OVERLAP = 0.2;

export const wholePicture = ({ width, height }: Size): Box => [0, 0, width, height];

/** The largest centred square. */
export function centreSquare({ width, height }: Size): Box {
  const side = Math.min(width, height);
  return [(width - side) / 2, (height - side) / 2, side, side];
}

/**
 * A grid of overlapping tiles that covers the picture to its edges, row by row.
 * @param overlap share of a tile that neighbours have in common, 0 to below 1
 */
export function tiles(size: Size, columns: number, rows: number, overlap = TILE_OVERLAP): Box[] {
  const width = size.width / (columns - (columns - 1) * overlap);
  const height = size.height / (rows - (rows - 1) * overlap);
  return Array.from({ length: columns * rows }, (_, i): Box => [
    (i % columns) * width * (1 - overlap),
    Math.floor(i / columns) * height * (1 - overlap),
    width,
    height,
  ]);
}

/** What a reach wants looked at: `first` in every frame as far as time allows, `inTurn` over several frames. */
export interface RegionPlan {
  first: Box[];
  inTurn: Box[];
}

/**
 * @param region for reach `region`: shares of the picture; the whole picture when none is drawn yet
 * @param picture the camera frame's size in pixels
 */
export function planRegions(
  reach: Reach,
  region: readonly [number, number, number, number] | null,
  picture: Size,
): RegionPlan {
  switch (reach) {
    case 'near':
      return { first: [wholePicture(picture)], inTurn: [] };
    case 'centre':
      return { first: [centreSquare(picture)], inTurn: [] };
    case 'region':
      return { first: [shareOf(region ?? [0, 0, 1, 1], picture)], inTurn: [] };
    case 'far':
      return { first: [wholePicture(picture)], inTurn: tiles(picture, 2, 2) };
    default:
      return reach satisfies never;
  }
}

/** The rectangle in pixels, inside the picture and at least 16 pixels wide and high. */
function shareOf([x, y, w, h]: readonly [number, number, number, number], picture: Size): Box {
  const width = Math.min(Math.max(w * picture.width, 16), picture.width);
  const height = Math.min(Math.max(h * picture.height, 16), picture.height);
  return [
    Math.min(x * picture.width, picture.width - width),
    Math.min(y * picture.height, picture.height - height),
    width,
    height,
  ];
}

/** Takes regions in turn so that each frame's looking stays within a time budget, by what looking has cost. */
export class RegionTurns {
  readonly #budget: number;
  #cost: number | undefined;
  #next = 0;

  /** @param budget milliseconds of looking a frame */
  constructor(budget: number) {
    this.#budget = budget;
  }

  /** The regions for the next frame, at least one. */
  take({ first, inTurn }: RegionPlan): Box[] {
    const affordable = Math.max(1, Math.floor(this.#budget / (this.#cost ?? this.#budget)));
    if (affordable >= first.length + inTurn.length) return [...first, ...inTurn];
    // Where there is no time for more than the first, those take turns too: a slow machine still sees all.
    const always = affordable > first.length ? first : [];
    const turning = affordable > first.length ? inTurn : [...first, ...inTurn];
    const count = affordable - always.length;
    const taken = Array.from({ length: count }, (_, i) => turning[(this.#next + i) % turning.length]!);
    this.#next = (this.#next + count) % turning.length;
    return [...always, ...taken];
  }

  /** What looking at `count` regions took. The running mean follows changes of load within a second or so. */
  measured(count: number, milliseconds: number): void {
    const each = milliseconds / count;
    this.#cost = this.#cost === undefined ? each : this.#cost + (each - this.#cost) * 0.1;
  }
}
