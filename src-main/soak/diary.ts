/**
 * What a soak test writes down while it runs, and what that comes to: the pauses between looks, and which of them
 * followed an accident. Times are seconds since the start.
 */
/** A pause this long is noted. */
const PAUSE = 1;
/** A pause that begins so soon after an accident is taken to be its doing. */
const FOLLOWS = 20;

export class Diary {
  looks = 0;
  readonly #faults: { kind: string; at: number }[] = [];
  readonly #pauses: { at: number; seconds: number }[] = [];
  #last = 0;

  looked(at: number): void {
    // The first look ends the start, which is no pause.
    if (this.looks++ > 0 && at - this.#last >= PAUSE)
      this.#pauses.push({ at: this.#last, seconds: at - this.#last });
    this.#last = at;
  }

  fault(kind: string, at: number): void {
    this.#faults.push({ kind, at });
  }

  /** Ends the last pause: whoever has not looked by now has stalled. */
  end(at: number): void {
    if (at - this.#last >= PAUSE) this.#pauses.push({ at: this.#last, seconds: at - this.#last });
  }

  /** Seconds of the longest pause that each accident led to (0 where none was seen), in the order they happened. */
  get recoveries(): { kind: string; seconds: number }[] {
    return this.#faults.map(({ kind, at }) => ({
      kind,
      seconds: Math.max(
        0,
        ...this.#pauses.filter((pause) => follows(pause, at)).map(({ seconds }) => seconds),
      ),
    }));
  }

  /** The longest pause that followed no accident; null for none of a second. */
  get longestStall(): { at: number; seconds: number } | null {
    const own = this.#pauses.filter((pause) => !this.#faults.some(({ at }) => follows(pause, at)));
    return own.reduce<(typeof own)[0] | null>(
      (longest, pause) => (pause.seconds > (longest?.seconds ?? 0) ? pause : longest),
      null,
    );
  }
}

/** Whether a pause was under way at an accident, or began soon after. */
const follows = (pause: { at: number; seconds: number }, fault: number): boolean =>
  pause.at + pause.seconds > fault && pause.at <= fault + FOLLOWS;
