/**
 * What is drawn for each face and where: a box and a label, in whole pixels of the screen, so that nothing is drawn
 * anew while a face only moves. Knows faces, the picture's fit and how wide words are; draws nothing
 * (FaceMarks.svelte does).
 */
import type { Verdict } from '../../../src-main/api';
import type { Box } from '../../../src-main/geometry';
import { urgency } from '../../verdict-signs';
import { toView, visiblePicture, type Fit } from './fit';
import { Labels, type LabelWish } from './labels';
import type { MovingFace } from './motion';

/** How far from the view's edges labels stay, in view pixels: what bars and banner hide. */
export interface Insets {
  top: number;
  bottom: number;
}

export interface Mark {
  id: number;
  verdict: Verdict;
  /** 0 to 1. */
  opacity: number;
  /** The face in view pixels. */
  box: Box;
  /** Null where a crowd leaves no place for it; `words` false shows the sign alone. */
  label: { box: Box; words: boolean } | null;
}

/** How the labels are set; FaceMarks.svelte sets them so. */
export interface LabelStyle {
  /** Of the words, in view pixels. */
  fontSize: number;
  /** Width of a verdict's words in view pixels. */
  wordsWidth: (verdict: Verdict) => number;
}

/** Of the font's size: a label's height, and its width beside its words (sign, gaps). */
export const LABEL_HEIGHT = 1.6;
const LABEL_EXTRA = 2.2;
/** View pixels that labels stay away from the picture's edge. */
const AIR = 4;

/** Legible at the door: grows with the view, not with the face. In view pixels. */
export const labelFontSize = (viewHeight: number): number =>
  Math.round(Math.min(80, Math.max(15, viewHeight * 0.036)));

/** Thickness of a verdict's line round a face, in view pixels. */
export const lineWidth = (verdict: Verdict, fontSize: number): number =>
  Math.round(Math.max(2, fontSize * LINE_SHARE[verdict]) * 2) / 2;

const LINE_SHARE: Record<Verdict, number> = { none: 0.28, incorrect: 0.2, correct: 0.2, unsure: 0.12 };

/** Marks frame after frame: labels keep their side of the face while it is free. */
export class Marker {
  readonly #labels = new Labels();

  /** @param density pixels of the screen a view pixel */
  marks(
    faces: readonly MovingFace[],
    fit: Fit,
    insets: Insets,
    { fontSize, wordsWidth }: LabelStyle,
    density: number,
  ): Mark[] {
    const height = Math.round(fontSize * LABEL_HEIGHT);
    const wishes = faces.map(({ id, box, verdict }): LabelWish => {
      // Unsure stays quiet: dots, no words.
      const width = Math.ceil(wordsWidth(verdict) + fontSize * LABEL_EXTRA);
      return {
        id,
        box: toView(fit, box),
        full: verdict === 'unsure' ? null : { width, height },
        sign: { width: height, height },
        urgency: urgency(verdict),
      };
    });
    const placed = new Map(this.#labels.place(wishes, labelArea(fit, insets)).map((one) => [one.id, one]));
    return faces.map(({ id, verdict, opacity }, index) => {
      const label = placed.get(id);
      return {
        id,
        verdict,
        opacity,
        box: onPixels(wishes[index]!.box, density),
        label: label ? { box: onPixels(label.box, density), words: label.full } : null,
      };
    });
  }
}

/** The part of the view that labels may stand in. */
function labelArea(fit: Fit, insets: Insets): Box {
  const [x, y, width, height] = visiblePicture(fit);
  const top = Math.max(y, insets.top);
  const bottom = Math.min(y + height, fit.view.height - insets.bottom);
  return [x + AIR, top + AIR, width - 2 * AIR, bottom - top - 2 * AIR];
}

/** The box with its edges on whole pixels of the screen. */
function onPixels([x, y, width, height]: Box, density: number): Box {
  const snap = (n: number): number => Math.round(n * density) / density;
  const [left, top] = [snap(x), snap(y)];
  return [left, top, snap(x + width) - left, snap(y + height) - top];
}
