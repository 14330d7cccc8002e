/**
 * Notices a picture that stands still to the last pixel: a camera or a driver that gives its last picture over and over.
 * No lens and sensor do that, for they are noisy. Looks at a grid of each picture that is looked at anyway; a black
 * picture is darkness.ts's matter. Runs in the worker.
 */
import type { Picture } from './picture';

/** Pixels compared, across and down. */
const ACROSS = 64;
const DOWN = 36;
/** Milliseconds of one and the same picture until it is said. */
const LONG = 10_000;

export class Stillness {
  readonly #before = new Uint8Array(ACROSS * DOWN);
  #since: number | null = null;
  #isLong: boolean | null = null;

  /**
   * @param black whether it is black: then nothing is compared
   * @param now milliseconds of a clock that only runs forward
   * @returns true when it has stood still for long, false when it has moved for the first time or again, null when
   *   nothing has changed
   */
  seen(picture: Picture, black: boolean, now: number): boolean | null {
    const same = this.#keep(picture) && !black;
    if (!same || this.#since === null) this.#since = now;
    const isLong = same && now - this.#since >= LONG;
    // That it does not move yet is no news.
    if (isLong === this.#isLong || (same && !isLong)) return null;
    this.#isLong = isLong;
    return isLong;
  }

  /** Keeps the grid of a picture. @returns whether it is that of the picture before */
  #keep({ planes: [{ data, offset, step, stride, width, height }] }: Picture): boolean {
    let same = true;
    for (let j = 0; j < DOWN; j++) {
      const row = offset + Math.floor(((j + 0.5) * height) / DOWN) * stride;
      for (let i = 0; i < ACROSS; i++) {
        const value = data[row + Math.floor(((i + 0.5) * width) / ACROSS) * step]!;
        if (this.#before[j * ACROSS + i] === value) continue;
        same = false;
        this.#before[j * ACROSS + i] = value;
      }
    }
    return same;
  }
}
