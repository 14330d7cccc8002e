/**
 * The small window in a corner, in the browser host, whose window only its page can move: small, or as it was before.
 * (In Electron main does it, and keeps it above the others.)
 */
import type { Place } from '../../src-main/api';
import { cornerOf, SMALL } from '../../src-main/geometry';

let before: Place | null = null;

/** Chromium's screen knows where what is free of bars begins; the DOM's types do not. */
const screenArea = (): Place => {
  const { availLeft = 0, availTop = 0 } = screen as Screen & { availLeft?: number; availTop?: number };
  return { x: availLeft, y: availTop, width: screen.availWidth, height: screen.availHeight };
};

/** Makes the window small, or as it was before. */
export function toggleSmall(): void {
  const isSmall = outerWidth <= SMALL.width + 40 && outerHeight <= SMALL.height + 80;
  const area = screenArea();
  // A window that was opened small has nothing it was before.
  const usual = {
    x: area.x + Math.round(area.width * 0.1),
    y: area.y + Math.round(area.height * 0.1),
    width: Math.round(area.width * 0.8),
    height: Math.round(area.height * 0.8),
  };
  const next = isSmall ? (before ?? usual) : cornerOf(area);
  before = isSmall ? null : { x: screenX, y: screenY, width: outerWidth, height: outerHeight };
  resizeTo(next.width, next.height);
  moveTo(next.x, next.y);
}
