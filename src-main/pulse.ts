/**
 * When a page that gives a sign of life about once a second counts as hung. For both hosts, which then begin it anew.
 * Counted in ticks of main's own, not by the clock: where the whole machine slept or stood still, nobody was silent.
 */

/** Seconds of silence: several times the longest that a busy machine was seen to cause (docs/faults.md). */
const PATIENCE = 10;
/** Seconds more for a page to open in: a busy machine may need them, and beginning anew would not help it. */
const OPENING = 100;

export class Pulse {
  #silence = 0;

  /** @param patience, opening seconds; only tests give others */
  constructor(
    private readonly patience = PATIENCE,
    private readonly opening = OPENING,
  ) {}

  /** Seconds since the last sign of life; below 0 while a page opens. */
  get silence(): number {
    return this.#silence;
  }

  /** A page is being opened, which takes time before it can say anything. */
  opens(): void {
    this.#silence = -this.opening;
  }

  /** A sign of life. */
  beats(): void {
    this.#silence = 0;
  }

  /** To be asked once a second. @returns whether the page hangs; then it is given its time anew */
  tick(): boolean {
    if (++this.#silence < this.patience) return false;
    this.opens();
    return true;
  }
}
