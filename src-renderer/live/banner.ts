/**
 * What the banner says to the visitors, calmly: the most urgent verdict at once, a lesser one or none only after
 * it has stood for a while. Knows verdicts and time, nothing of the page.
 */
import type { Verdict } from '../../src-main/api';
import { BY_URGENCY, urgency } from '../verdict-signs';

/** A verdict to speak of; `look` asks for a better look; null says nothing. */
export type Announcement = Verdict | 'look' | null;

/** Milliseconds something new must stand before it is said. */
const BEFORE_UNSURE = 500;
const BEFORE_LESSER = 700;
const BEFORE_SILENCE = 1000;
/** Milliseconds of nothing but unsure faces after which they are asked to look at the camera. */
const BEFORE_LOOK = 4000;

export class BannerPace {
  #said: Announcement = null;
  #wanted: Verdict | null = null;
  #since = 0;

  get said(): Announcement {
    return this.#said;
  }

  /**
   * @param verdicts of the faces in view
   * @param now milliseconds of any steady clock
   * @returns what the banner says from now on
   */
  update(verdicts: readonly Verdict[], now: number): Announcement {
    const wanted = BY_URGENCY.find((verdict) => verdicts.includes(verdict)) ?? null;
    if (wanted !== this.#wanted) {
      this.#wanted = wanted;
      this.#since = now;
    }
    const stood = now - this.#since;
    if (stood >= this.#patience(wanted)) {
      this.#said = wanted === 'unsure' && stood >= BEFORE_LOOK ? 'look' : wanted;
    }
    return this.#said;
  }

  #patience(wanted: Verdict | null): number {
    if (wanted === null) return BEFORE_SILENCE;
    if (wanted === 'unsure') return this.#said === null ? BEFORE_UNSURE : BEFORE_LESSER;
    const said = this.#said === null || this.#said === 'look' ? 'unsure' : this.#said;
    return urgency(wanted) <= urgency(said) ? 0 : BEFORE_LESSER;
  }
}
