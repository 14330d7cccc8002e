/**
 * Whether the student keeps up with the camera it has: how much of a second classifying takes at the camera's own rate,
 * with the faces that are there. Measured while watching, as other work on the machine counts too.
 */
import type { Measurements } from '../api';

/** Seconds of camera that one figure stands on, and looks at faces in them at least. */
const WINDOW = 10;
const LEAST_LOOKS = 50;
/** More of the time than this is too much; at the start half as much is asked for, so that nothing swings. */
const MOST = 0.6;
/** Figures in a row that must be too much. */
const IN_A_ROW = 2;

export class Pace {
  #busy = 0;
  #looks = 0;
  #frames = 0;
  #seconds = 0;
  #tooMuch = 0;

  /** Takes in a look at a picture with faces. @param milliseconds that classifying took */
  look(milliseconds: number): void {
    this.#busy += milliseconds;
    this.#looks++;
  }

  /**
   * Takes in what the page measured of the camera.
   * @returns share of the time that classifying takes, once that has been too much for long enough; else null
   */
  measured({ cameraFrames, seconds }: Pick<Measurements, 'cameraFrames' | 'seconds'>): number | null {
    this.#frames += cameraFrames;
    this.#seconds += seconds;
    if (this.#seconds < WINDOW) return null;
    const share = this.#looks > 0 ? ((this.#busy / this.#looks) * (this.#frames / this.#seconds)) / 1000 : 0;
    this.#tooMuch = share > MOST && this.#looks >= LEAST_LOOKS ? this.#tooMuch + 1 : 0;
    this.#busy = this.#looks = this.#frames = this.#seconds = 0;
    return this.#tooMuch >= IN_A_ROW ? share : null;
  }
}
