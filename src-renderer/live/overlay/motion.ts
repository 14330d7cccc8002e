/**
 * Faces between two answers of main: boxes glide to where they were last seen and fade in and out, so that
 * nothing jumps or flickers while verdicts stay exactly what main says. Knows tracks and time, nothing of
 * drawing.
 */
import { iou, type Box } from '../../../src-main/geometry';
import type { Track, Verdict } from '../../../src-main/api';

/** After this many milliseconds 63 % of the way to the newest box is gone: hides jitter, lags under a frame. */
const GLIDE_MS = 45;
const FADE_IN_MS = 120;
const FADE_OUT_MS = 220;
/** A side nearer than this to its goal, in picture pixels, has arrived. */
const ARRIVED = 0.3;
/** Picture pixels by which a face's box may differ from the one it goes to: the detector's own boxes tremble so. */
const TREMOR = 1.5;

export interface MovingFace {
  id: number;
  /** Where to draw it now, in picture pixels. */
  box: Box;
  verdict: Verdict;
  /** 0 to 1. */
  opacity: number;
}

interface Moving extends MovingFace {
  goal: Box;
  leaving: boolean;
}

export class Motion {
  readonly #faces = new Map<number, Moving>();
  #last = 0;

  /** Takes main's newest answer. A face that is no longer in it fades where it was. */
  update(tracks: readonly Track[]): void {
    const present = new Set<number>();
    for (const track of tracks) {
      present.add(track.id);
      const face = this.#faces.get(track.id);
      if (!face) {
        const { id, box, verdict } = track;
        this.#faces.set(id, { id, box: [...box], goal: box, verdict, opacity: 0, leaving: false });
        continue;
      }
      if (track.box.some((side, i) => Math.abs(side - face.goal[i]!) > TREMOR)) face.goal = track.box;
      face.verdict = track.verdict;
      face.leaving = false;
      // A face that moved by more than itself was not seen between: gliding there would sweep over others.
      if (iou(face.box, track.box) === 0) face.box = [...track.box];
    }
    for (const face of this.#faces.values()) face.leaving = !present.has(face.id);
  }

  /**
   * Moves on to `now` (milliseconds of any steady clock).
   * @returns whether the picture changes with the next step too
   */
  step(now: number): boolean {
    // The first step after a rest is one frame long, not as long as the rest.
    const passed = now - this.#last > 100 ? 16 : Math.max(0, now - this.#last);
    this.#last = now;
    const share = 1 - Math.exp(-passed / GLIDE_MS);
    let moving = false;
    for (const face of this.#faces.values()) {
      for (let side = 0; side < 4; side++) {
        const way = face.goal[side]! - face.box[side]!;
        if (Math.abs(way) <= ARRIVED) face.box[side] = face.goal[side]!;
        else {
          face.box[side] = face.box[side]! + way * share;
          moving = true;
        }
      }
      const before = face.opacity;
      const change = face.leaving ? -passed / FADE_OUT_MS : passed / FADE_IN_MS;
      face.opacity = Math.min(1, Math.max(0, before + change));
      if (face.leaving && face.opacity === 0) this.#faces.delete(face.id);
      if (face.opacity !== before || face.opacity < 1) moving = true;
    }
    return moving;
  }

  /** The faces to draw, in the order of their ids. */
  get faces(): MovingFace[] {
    return [...this.#faces.values()].sort((a, b) => a.id - b.id);
  }
}
