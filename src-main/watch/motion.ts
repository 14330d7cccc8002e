/**
 * The motion of one face: where its box is, how it moves, where it will be. An alpha-beta filter (a Kalman
 * filter's steady state) over the box's centre and the logarithms of its sides: still faces are held still,
 * moving ones are followed without lag, because a steady velocity is part of the prediction.
 */
import type { Box } from '../geometry';

/** How long a still face's box is averaged over, in milliseconds: the detector's jitter is gone, no more. */
const SMOOTHING_MS = 70;
/** Surprises, as a share of the face's size, from which the filter begins to, and wholly does, believe the new box. */
const JITTER = 0.04;
const MOVE = 0.2;
/** Milliseconds a velocity is good for: predictions run out to this much of it and no further. */
const HORIZON_MS = 500;
/** Fastest change of size that is believed, in natural logarithms a second. */
const FASTEST_GROWTH = 2;

type Four = [x: number, y: number, logWidth: number, logHeight: number];

const toState = ([x, y, width, height]: Box): Four => [
  x + width / 2,
  y + height / 2,
  Math.log(width),
  Math.log(height),
];

function toBox([x, y, logWidth, logHeight]: Four): Box {
  const [width, height] = [Math.exp(logWidth), Math.exp(logHeight)];
  return [x - width / 2, y - height / 2, width, height];
}

export class Motion {
  #state: Four;
  /** Per millisecond. */
  #velocity: Four = [0, 0, 0, 0];
  #time: number;

  constructor(box: Box, time: number) {
    this.#state = toState(box);
    this.#time = time;
  }

  /** The smoothed box at the last update. */
  get box(): Box {
    return toBox(this.#state);
  }

  /** Where the face should be at a time in milliseconds, at or after the last update. */
  predict(time: number): Box {
    return toBox(this.#ahead(time));
  }

  /** Takes in a box seen at a time after the last update. */
  update(box: Box, time: number): void {
    const passed = time - this.#time;
    const expected = this.#ahead(time);
    const seen = toState(box);
    const size = Math.exp((seen[2] + seen[3]) / 2);
    const off = seen.map((value, i) => value - expected[i]!) as Four;
    const surprise = Math.max(Math.hypot(off[0], off[1]) / size, Math.abs(off[2]), Math.abs(off[3]));
    const trust = Math.min(1, Math.max(0, (surprise - JITTER) / (MOVE - JITTER)));
    const alpha = 1 - Math.exp(-passed / SMOOTHING_MS) * (1 - trust);
    // Benedict and Bordner 1962: the velocity's gain that goes with alpha.
    const beta = (alpha * alpha) / (2 - alpha);
    for (const i of [0, 1, 2, 3] as const) {
      this.#state[i] = expected[i] + alpha * off[i];
      this.#velocity[i] += (beta * off[i]) / passed;
    }
    for (const i of [2, 3] as const) {
      const most = FASTEST_GROWTH / 1000;
      this.#velocity[i] = Math.min(most, Math.max(-most, this.#velocity[i]));
    }
    this.#time = time;
  }

  #ahead(time: number): Four {
    const reach = HORIZON_MS * (1 - Math.exp(-(time - this.#time) / HORIZON_MS));
    return this.#state.map((value, i) => value + this.#velocity[i]! * reach) as Four;
  }
}
