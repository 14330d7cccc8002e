// @ts-check
/**
 * How soon what broke is started again, for every watchdog of the app: at once and a little later, at most five times
 * a minute, then less and less often, but always. Plain JavaScript, so that the supervisor has it before a build.
 */

const MINUTE = 60_000;
/** Milliseconds before the first restarts in a row. */
const QUICK = [0, 1000, 2000, 4000, 8000];
/** Milliseconds between restarts of what does not get better. */
const LONGEST = 10 * MINUTE;

export class Restarts {
  #inARow = 0;
  #last = -Infinity;
  #now;
  #quick;

  /**
   * @param {() => number} [now] milliseconds of a clock that nobody sets
   * @param {readonly number[]} [quick] milliseconds before the first restarts in a row
   */
  constructor(now = () => performance.now(), quick = QUICK) {
    this.#now = now;
    this.#quick = quick;
  }

  /** Whether it is past the quick restarts: worth saying. */
  get backsOff() {
    return this.#inARow > this.#quick.length;
  }

  /**
   * To be asked once for each break. What ran for a minute since its last start has recovered.
   * @returns {number} milliseconds to wait before it is started again
   */
  next() {
    const now = this.#now();
    if (now - this.#last > MINUTE) this.#inARow = 0;
    const wait =
      this.#quick[this.#inARow] ?? Math.min(LONGEST, MINUTE * 2 ** (this.#inARow - this.#quick.length));
    this.#inARow++;
    this.#last = now + wait;
    return wait;
  }
}

/**
 * A pause in words, for those who wait.
 * @param {number} ms
 */
export const inWords = (ms) => (ms < MINUTE ? `${String(ms / 1000)} s` : `${String(ms / MINUTE)} min`);
