/**
 * The rectangle to look in, as shares of the picture: drawn between two points, moved, and resized by a corner,
 * never outside the picture and never empty. Pure arithmetic.
 */
import type { Settings } from '../../src-main/api';

export type Region = NonNullable<Settings['region']>;

/** Corners in the order top left, top right, bottom left, bottom right. */
export type Corner = 0 | 1 | 2 | 3;

/** Smallest side, as a share of the picture. */
export const SMALLEST = 0.08;

/** What is offered before one was drawn: the middle of the picture. */
export const MIDDLE: Region = [0.25, 0.15, 0.5, 0.7];

const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(value, high));
const tidy = (value: number): number => Math.round(value * 1000) / 1000;

/** The rectangle between two points, in shares; a tiny one grows to the smallest allowed. */
export function between(ax: number, ay: number, bx: number, by: number): Region {
  const stretch = (a: number, b: number): [number, number] => {
    const [from, to] = [clamp(Math.min(a, b), 0, 1), clamp(Math.max(a, b), 0, 1)];
    const size = Math.max(SMALLEST, to - from);
    return [tidy(Math.min(from, 1 - size)), tidy(size)];
  };
  const [x, width] = stretch(ax, bx);
  const [y, height] = stretch(ay, by);
  return [x, y, width, height];
}

/** The rectangle moved by shares of the picture, as far as the picture's edge. */
export function moved([x, y, width, height]: Region, dx: number, dy: number): Region {
  return [tidy(clamp(x + dx, 0, 1 - width)), tidy(clamp(y + dy, 0, 1 - height)), width, height];
}

/** The rectangle with one corner moved; the opposite corner stays, and the sides never swap. */
export function resized([x, y, width, height]: Region, corner: Corner, dx: number, dy: number): Region {
  let [left, top, right, bottom] = [x, y, x + width, y + height];
  if (corner % 2 === 0) left = clamp(left + dx, 0, right - SMALLEST);
  else right = clamp(right + dx, left + SMALLEST, 1);
  if (corner < 2) top = clamp(top + dy, 0, bottom - SMALLEST);
  else bottom = clamp(bottom + dy, top + SMALLEST, 1);
  return [tidy(left), tidy(top), tidy(right - left), tidy(bottom - top)];
}
