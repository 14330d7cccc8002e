/**
 * Notices a picture that is black for long: a lens that is covered, a light that is off, a driver that sends nothing but
 * frames. Looks at a few pixels of each picture that is looked at anyway. Runs in the worker.
 */
import type { Picture } from './picture';

/** Pixels looked at, across and down. */
const ACROSS = 16;
const DOWN = 9;
/** Luma (or each of red, green and blue) up to which a pixel is black: video's own black is 16, and sensors are noisy. */
const BLACK = 28;
/** Milliseconds of nothing but black until it is said: people walk past lenses. */
const LONG = 10_000;

/** Whether no pixel of a grid over the picture is brighter than black. */
export function isBlack({ planes, matrix }: Picture): boolean {
  // Of YUV, luma alone says how bright a pixel is.
  return (matrix === null ? planes : planes.slice(0, 1)).every(
    ({ data, offset, step, stride, width, height }) => {
      for (let j = 0; j < DOWN; j++)
        for (let i = 0; i < ACROSS; i++) {
          const x = Math.floor(((i + 0.5) * width) / ACROSS);
          const y = Math.floor(((j + 0.5) * height) / DOWN);
          if (data[offset + y * stride + x * step]! > BLACK) return false;
        }
      return true;
    },
  );
}

export class Darkness {
  #since: number | null = null;
  #isLong = false;

  /**
   * @param black whether a picture is black
   * @param now milliseconds of a clock that only runs forward
   * @returns true when it has been black for long, false when it is not any more, null when nothing has changed
   */
  seen(black: boolean, now: number): boolean | null {
    this.#since = black ? (this.#since ?? now) : null;
    const isLong = this.#since !== null && now - this.#since >= LONG;
    if (isLong === this.#isLong) return null;
    this.#isLong = isLong;
    return isLong;
  }
}
