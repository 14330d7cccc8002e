/** How fast steps go of late: what a job tells of its speed and its time left. */

/** Steps that are looked back on. */
const MOST = 15;

export class StepTimes {
  #last = performance.now();
  readonly #times: number[] = [];

  /** A step is done. @returns seconds that one takes of late: the middle of the last, so that a pause is none of them */
  done(): number {
    const now = performance.now();
    this.#times.push((now - this.#last) / 1000);
    this.#last = now;
    if (this.#times.length > MOST) this.#times.shift();
    return [...this.#times].sort((a, b) => a - b)[Math.floor(this.#times.length / 2)]!;
  }
}
