/**
 * When a camera frame reached the page. The worker reads frames late when it is busy looking at one, and would
 * call them newer than they are. Frames carry the capture's own clock, which runs evenly; how far it is behind
 * ours shows in the promptest frame.
 */

/** Milliseconds a frame by which the promptest reading fades, so that clocks may drift apart. */
const FADE = 0.05;
/** A capture clock further off than this, in milliseconds, has been set anew. */
const JUMP = 2000;

export class ArrivalClock {
  #offset: number | undefined;

  /**
   * @param timestamp the frame's, in microseconds of the capture's clock
   * @param now when it was read, in milliseconds since the epoch
   * @returns when it arrived, in milliseconds since the epoch; never after `now`
   */
  arrival(timestamp: number, now: number): number {
    const seen = now - timestamp / 1000;
    const expected = this.#offset === undefined ? seen : this.#offset + FADE;
    this.#offset = Math.abs(seen - expected) > JUMP ? seen : Math.min(seen, expected);
    return timestamp / 1000 + this.#offset;
  }
}
