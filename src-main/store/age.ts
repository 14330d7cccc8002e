/**
 * Whether the clock may be believed when things are deleted for their age. A clock that somebody sets a year forward by
 * mistake must not cost a year of counts; a machine that slept over a weekend has jumped as well, and rightly.
 */

/** Milliseconds that the clock may have gained on the process's own ticks since it was last asked. */
const JUMP = 86_400_000;
/** Milliseconds after a jump in which nothing is deleted: whoever set the clock wrong notices, or time itself is put right. */
const HOLD = 3_600_000;

export class AgeClock {
  #ahead: number;
  #heldUntil = -Infinity;

  /**
   * @param now milliseconds since the epoch
   * @param ticks milliseconds of a clock that nobody sets
   */
  constructor(
    private readonly now: () => number = Date.now,
    private readonly ticks: () => number = () => performance.now(),
  ) {
    this.#ahead = now() - ticks();
  }

  /** Asked before each deleting. */
  isTrusted(): boolean {
    const ahead = this.now() - this.ticks();
    if (ahead - this.#ahead > JUMP) this.#heldUntil = this.ticks() + HOLD;
    // Set back again, it is where it was: nothing is held against it.
    else if (this.#ahead - ahead > JUMP) this.#heldUntil = -Infinity;
    this.#ahead = ahead;
    return this.ticks() >= this.#heldUntil;
  }
}
