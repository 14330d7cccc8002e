/**
 * The live window itself small in a corner, where the browser has no corner window that stands above others
 * (corner/): its page moves it, and makes it as it was before. (In Electron main does it, and keeps it above the others.)
 */
import type { Place } from '../../src-main/api';
import { cornerOf, isSmall, usualOf } from '../../src-main/geometry';

let before: Place | null = null;

/** Chromium's screen knows where what is free of bars begins; the DOM's types do not. */
const screenArea = (): Place => {
  const { availLeft = 0, availTop = 0 } = screen as Screen & { availLeft?: number; availTop?: number };
  return { x: availLeft, y: availTop, width: screen.availWidth, height: screen.availHeight };
};

const placeNow = (): Place => ({ x: screenX, y: screenY, width: outerWidth, height: outerHeight });

/** Whether the window is small now. */
export const isWindowSmall = (): boolean => isSmall(placeNow());

/** Makes the window small, or as it was before. */
export function toggleSmall(): void {
  const [now, area] = [placeNow(), screenArea()];
  const small = isSmall(now);
  const next = small ? (before ?? usualOf(area)) : cornerOf(area);
  before = small ? null : now;
  resizeTo(next.width, next.height);
  moveTo(next.x, next.y);
}
