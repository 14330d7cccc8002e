/**
 * The stream's own time, made from the times of its frames so that what follows faces and weighs looks needs no
 * clock. It only runs forward: late or repeated frames have no time, and a system clock that is set back does
 * not stop it. Frame ids play no part (a reloaded page starts them again).
 */

/** A frame this much older than the one before comes from a clock that was set back, not from a late message. */
const SET_BACK_MS = 1000;
/** What passes in such a step. */
const STEP_MS = 33;
/** Frames closer than this are the same moment. */
const SAME_MS = 1;
/** Gaps longer than this (camera lost, machine asleep) are not watching time; shorter ones are slow watching. */
const GAP_MS = 10_000;
/** Largest time a Date can hold. */
const LATEST = 8.64e15;

export class StreamClock {
  #last: number | null = null;
  #now = 0;
  #watched = 0;

  /** Milliseconds since the first frame. */
  get now(): number {
    return this.#now;
  }

  /** Milliseconds since the first frame without the gaps in which no frame came. */
  get watched(): number {
    return this.#watched;
  }

  /**
   * @param time a frame's time in milliseconds since the epoch
   * @returns milliseconds since the first frame, more than at the last call; null for a late or repeated frame
   * @throws RangeError when it is no date
   */
  advance(time: number): number | null {
    if (!(Math.abs(time) <= LATEST)) throw new RangeError(`a frame's time of ${time} ms is not a date`);
    if (this.#last !== null) {
      const passed = time - this.#last;
      if (passed < SAME_MS && passed > -SET_BACK_MS) return null;
      const step = passed > 0 ? passed : STEP_MS;
      this.#now += step;
      if (step <= GAP_MS) this.#watched += step;
    }
    this.#last = time;
    return this.#now;
  }
}
