/**
 * Notices that a running camera sends no frames any more. A sleeping machine or a hidden page is no frozen camera:
 * after either, frames get their time anew. Knows time and the page's visibility only.
 */

/** Milliseconds without a frame after which a camera counts as frozen. */
const FROZEN = 3000;
/** Milliseconds between looks at the clock. */
const TICK = 500;

export class FrameWatchdog {
  readonly #onFrozen: () => void;
  #timer: ReturnType<typeof setInterval> | undefined;
  #lastTick = 0;
  #lastFrame = 0;

  /** @param onFrozen told once for each time frames stay away; `frame` or `expect` begins anew */
  constructor(onFrozen: () => void) {
    this.#onFrozen = onFrozen;
  }

  start(): void {
    this.expect();
    this.#lastTick = performance.now();
    this.#timer = setInterval(this.#tick, TICK);
    document.addEventListener('visibilitychange', this.#visible);
  }

  stop(): void {
    clearInterval(this.#timer);
    document.removeEventListener('visibilitychange', this.#visible);
  }

  /**
   * A frame came, or frames are expected from now on.
   * @param grace milliseconds more than usual until the next, for a camera that only begins
   */
  expect(grace = 0): void {
    this.#lastFrame = performance.now() + grace;
  }

  /** No frames are expected: there is no camera that runs. */
  rest(): void {
    this.#lastFrame = Infinity;
  }

  readonly #visible = (): void => {
    if (this.#lastFrame !== Infinity) this.expect();
  };

  readonly #tick = (): void => {
    const now = performance.now();
    const slept = now - this.#lastTick > TICK * 4;
    this.#lastTick = now;
    if (slept) this.#visible();
    if (document.visibilityState !== 'visible' || now - this.#lastFrame <= FROZEN) return;
    this.rest();
    this.#onFrozen();
  };
}
