/** When the watch is paused, and until when: with a timer, or until it is told to go on. Forgotten at the end. */

/** Longest that Node's timers wait, in milliseconds; longer pauses are waited for in parts. */
const LONGEST_WAIT = 2 ** 31 - 1;

export class Rest {
  #until: number | null = null;
  #resting = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param onChange told when a pause begins, is changed or ends */
  constructor(private readonly onChange: () => void) {}

  /** Null while it watches; `until` is ISO 8601, or null until it is told to go on. */
  get state(): { until: string | null } | null {
    if (!this.#resting) return null;
    return { until: this.#until === null ? null : new Date(this.#until).toISOString() };
  }

  /** @param minutes how long from now; null until `end` */
  begin(minutes: number | null): void {
    clearTimeout(this.#timer);
    this.#resting = true;
    this.#until = minutes === null ? null : Date.now() + minutes * 60_000;
    this.#wait();
    this.onChange();
  }

  end(): void {
    if (!this.#resting) return;
    this.close();
    this.onChange();
  }

  /** Ends without telling. */
  close(): void {
    clearTimeout(this.#timer);
    this.#resting = false;
    this.#until = null;
  }

  #wait(): void {
    if (this.#until === null) return;
    const left = this.#until - Date.now();
    if (left <= 0) {
      this.end();
      return;
    }
    this.#timer = setTimeout(
      () => {
        this.#wait();
      },
      Math.min(left, LONGEST_WAIT),
    );
    this.#timer.unref();
  }
}
