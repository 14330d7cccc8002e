/**
 * What each verdict looks like: its sign, its face and its urgency. Colours are in theme.css under the verdict's
 * own name. The artwork is ours, in assets/icons; signs are single paths, so that a canvas can draw them too.
 */
import type { Verdict } from '../src-main/api';
import faceCorrect from '../assets/icons/face-correct.svg?raw';
import faceIncorrect from '../assets/icons/face-incorrect.svg?raw';
import faceNone from '../assets/icons/face-none.svg?raw';
import faceUnsure from '../assets/icons/face-unsure.svg?raw';
import signCorrect from '../assets/icons/sign-correct.svg?raw';
import signIncorrect from '../assets/icons/sign-incorrect.svg?raw';
import signNone from '../assets/icons/sign-none.svg?raw';
import signUnsure from '../assets/icons/sign-unsure.svg?raw';

/** A small sign per verdict, as SVG text on a 24×24 grid. */
export const SIGNS: Record<Verdict, string> = {
  correct: signCorrect,
  incorrect: signIncorrect,
  none: signNone,
  unsure: signUnsure,
};

/** A face that shows the verdict, as SVG text on a 64×64 grid. */
export const FACES: Record<Verdict, string> = {
  correct: faceCorrect,
  incorrect: faceIncorrect,
  none: faceNone,
  unsure: faceUnsure,
};

/** The sign's outline on its 24×24 grid, for `new Path2D()`. */
export function signPath(verdict: Verdict): string {
  const path = / d="([^"]+)"/.exec(SIGNS[verdict])?.[1];
  if (path === undefined) throw new Error(`assets/icons/sign-${verdict}.svg has no path`);
  return path;
}

/** Verdicts, the most urgent first: what the banner speaks of and whose label gets its place first. */
export const BY_URGENCY = ['none', 'incorrect', 'correct', 'unsure'] as const satisfies readonly Verdict[];

/** 0 for the most urgent. */
export const urgency = (verdict: Verdict): number => BY_URGENCY.indexOf(verdict);
