/**
 * The small window in a corner, in the browser host, whose window only its page can move: small, or as it was before.
 * (In Electron main does it, and keeps it above the others.)
 */
import type { Place } from '../../src-main/api';
import { cornerOf, isSmall, usualOf } from '../../src-main/geometry';

let before: Place | null = null;

/** Chromium's screen knows where what is free of bars begins; the DOM's types do not. */
const screenArea = (): Place => {
  const { availLeft = 0, availTop = 0 } = screen as Screen & { availLeft?: number; availTop?: number };
  return { x: availLeft, y: availTop, width: screen.availWidth, height: screen.availHeight };
};

/** Makes the window small, or as it was before. */
export function toggleSmall(): void {
  const now = { x: screenX, y: screenY, width: outerWidth, height: outerHeight };
  const [small, area] = [isSmall(now), screenArea()];
  const next = small ? (before ?? usualOf(area)) : cornerOf(area);
  before = small ? null : now;
  resizeTo(next.width, next.height);
  moveTo(next.x, next.y);
}
