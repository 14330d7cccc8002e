/** How fast steps go of late: what a job tells of its speed and its time left. */

import type { StepProgress } from './fit-options';

/** Steps that are looked back on. */
const MOST = 15;

export class StepTimes {
  #last = performance.now();
  readonly #times: number[] = [];

  /** A step is done, the last of those counted. @param batch pictures of a step @returns what is told of it */
  progress(
    batch: number,
    at: Pick<StepProgress, 'epoch' | 'epochs' | 'step' | 'steps' | 'loss'>,
  ): StepProgress {
    const perStep = this.#done();
    const left = (at.epochs - at.epoch) * at.steps - at.step;
    return { ...at, imagesPerSecond: batch / perStep, secondsLeft: left * perStep };
  }

  /** Seconds that a step takes of late: the middle of the last, so that a pause is none of them. */
  #done(): number {
    const now = performance.now();
    this.#times.push((now - this.#last) / 1000);
    this.#last = now;
    if (this.#times.length > MOST) this.#times.shift();
    return [...this.#times].sort((a, b) => a - b)[Math.floor(this.#times.length / 2)]!;
  }
}
