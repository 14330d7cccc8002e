/**
 * How the camera picture lies in its view: whole with bars beside it, or filling the view with a little cut
 * off. Turns picture pixels into view pixels (CSS) and back, mirrored or not. Pure arithmetic.
 */
import type { Box, Size } from '../../../src-main/geometry';

/** The most of the picture that filling the view may cut off; beyond it the picture is shown whole. */
export const MAX_CUT = 0.15;

export interface Fit {
  mode: 'cover' | 'contain';
  /** View pixels per picture pixel. */
  scale: number;
  /** The picture's top left corner in the view, in view pixels; below 0 where it is cut. */
  left: number;
  top: number;
  mirror: boolean;
  picture: Size;
  view: Size;
}

/**
 * @param whole true shows the whole picture whatever is lost to bars
 * @returns null while either has no area yet
 */
export function fitPicture(picture: Size, view: Size, mirror: boolean, whole = false): Fit | null {
  if (picture.width <= 0 || picture.height <= 0 || view.width <= 0 || view.height <= 0) return null;
  const across = view.width / picture.width;
  const down = view.height / picture.height;
  const cut = 1 - Math.min(across, down) / Math.max(across, down);
  const mode = !whole && cut <= MAX_CUT ? 'cover' : 'contain';
  const scale = mode === 'cover' ? Math.max(across, down) : Math.min(across, down);
  const left = (view.width - picture.width * scale) / 2;
  const top = (view.height - picture.height * scale) / 2;
  return { mode, scale, left, top, mirror, picture, view };
}

/** A box of the picture, in view pixels. */
export function toView(fit: Fit, [x, y, width, height]: Box): Box {
  const from = fit.mirror ? fit.picture.width - x - width : x;
  return [fit.left + from * fit.scale, fit.top + y * fit.scale, width * fit.scale, height * fit.scale];
}

/** A box of the view, in picture pixels (not cut to the picture). */
export function toPicture(fit: Fit, [x, y, width, height]: Box): Box {
  const from = (x - fit.left) / fit.scale;
  const across = width / fit.scale;
  const left = fit.mirror ? fit.picture.width - from - across : from;
  return [left, (y - fit.top) / fit.scale, across, height / fit.scale];
}

/** The part of the view that shows picture, in view pixels. */
export function visiblePicture(fit: Fit): Box {
  const left = Math.max(0, fit.left);
  const top = Math.max(0, fit.top);
  return [left, top, fit.view.width - 2 * left, fit.view.height - 2 * top];
}
