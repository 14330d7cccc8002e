/**
 * When the overlay is drawn: with the camera's frames, because each drawing costs the page a frame of its own, and
 * on a machine without a GPU those are dear. When the camera gives no frame for a while, faces still fade.
 */

/** Milliseconds without a camera frame after which the overlay does not wait for one. */
const PATIENCE = 70;

export class Pace {
  readonly #draw: (time: number) => boolean;
  #awake = false;
  #late: ReturnType<typeof setTimeout> | undefined;
  #request = 0;
  /** Whose frames are drawn where the camera gives none. */
  readonly #view: () => Window;

  /**
   * @param draw draws for a time (milliseconds, the page's clock) and says whether there is more to draw
   * @param view the window that is drawn in: one that is hidden draws no frames
   */
  constructor(draw: (time: number) => boolean, view: () => Window = () => window) {
    this.#draw = draw;
    this.#view = view;
  }

  /** There is something to draw. */
  wake(): void {
    if (this.#awake) return;
    this.#awake = true;
    this.#late = setTimeout(() => {
      this.#request = this.#view().requestAnimationFrame((time) => this.#step(time));
    }, PATIENCE);
  }

  /** The camera's next frame is on the screen. */
  frame(time: number): void {
    if (this.#awake) this.#step(time);
  }

  stop(): void {
    this.#rest();
  }

  #step(time: number): void {
    this.#rest();
    if (this.#draw(time)) this.wake();
  }

  #rest(): void {
    this.#awake = false;
    clearTimeout(this.#late);
    this.#view().cancelAnimationFrame(this.#request);
  }
}
