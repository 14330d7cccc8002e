/**
 * Which pipeline judges the frames, and the one-shot one at work: a region of a frame in, faces with probabilities out.
 * The two-stage one needs nothing of it: its faces are found by the page and judged by the classifier.
 */
import {
  MASK_CLASSES,
  MAX_FACES,
  type Face,
  type Frame,
  type PipelineChoice,
  type Probabilities,
  type Status,
} from '../api';
import { Detector, type DetectorOptions } from '../detect/detector';
import { autoChoice, readEvidence } from './auto';
import { LIVE_THREADS } from './providers';
import { type Box, fitOf, fittedSize } from '../geometry';

/** Of the one-shot detector: with it no detector runs in the page, so it may take what that left. */
const THREADS = Math.min(4, 2 * LIVE_THREADS);

export interface PipelineOptions extends DetectorOptions {
  /** The one-shot detector's file. */
  model: string;
  /** Folder of the settings, where a comparison is kept. */
  folder: string;
}

/** A frame's faces as the one-shot detector sees them. */
export interface Judged {
  /** Name of the network that judged. */
  model: string;
  faces: Face[];
  probabilities: Probabilities[];
  /** How sharp each crop is (see quality.ts); the one-shot detector has no crops, and its score falls with blur. */
  sharp?: number[];
  /** Probability below which the network is wrong too often, where its card says so. */
  unsureBelow?: number | undefined;
}

/** The pipeline that was chosen, with its detector where it has one. */
export class Pipeline {
  /** The frame under way: a detector is not freed beneath it. */
  #running: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly status: Status['pipeline'],
    private readonly detector: Detector | null,
  ) {}

  /** @throws Error in one sentence when one-shot is asked for and its detector cannot be used */
  static async open(choice: PipelineChoice, options: PipelineOptions): Promise<Pipeline> {
    if (choice === 'two-stage') return new Pipeline({ name: choice, reason: 'asked for', takes: null }, null);
    let detector: Detector;
    try {
      detector = await Detector.open(options.model, { threads: THREADS, resting: true, ...options });
    } catch (error) {
      if (choice === 'one-shot') throw error;
      return new Pipeline({ name: 'two-stage', reason: (error as Error).message, takes: null }, null);
    }
    const { name, reason } =
      choice === 'one-shot'
        ? { name: choice, reason: 'asked for' }
        : autoChoice(await readEvidence(options.folder), detector.name, await timed(detector));
    if (name === 'one-shot') return new Pipeline({ name, reason, takes: detector.takes }, detector);
    await detector.release();
    return new Pipeline({ name, reason, takes: null }, null);
  }

  /** Name of the network that finds and judges; null with two stages. */
  get model(): string | null {
    return this.detector?.name ?? null;
  }

  /** Whether a frame was made for this pipeline; one that was under way while it changed was not. */
  takes({ picture }: Frame): boolean {
    return (picture !== undefined) === (this.detector !== null);
  }

  /**
   * Finds and judges the faces of a frame's picture.
   * @returns null with two stages: the faces come with the frame
   * @throws Error when the picture is not of the size that the detector takes
   */
  async judge(frame: Frame, least: number): Promise<Judged | null> {
    if (!this.detector || !frame.picture) return null;
    const judging = judged(this.detector, frame, frame.picture, least);
    this.#running = judging.catch(() => undefined);
    return judging;
  }

  async close(): Promise<void> {
    await this.#running;
    await this.detector?.release();
  }
}

async function judged(
  detector: Detector,
  { id, regions }: Frame,
  picture: NonNullable<Frame['picture']>,
  least: number,
): Promise<Judged> {
  const [region] = regions as [Box];
  const [left, top, width, height] = region;
  const fit = fitOf({ width, height }, detector.takes);
  const asked = fittedSize({ width, height }, fit);
  if (
    picture.width !== asked.width ||
    picture.height !== asked.height ||
    picture.data.length !== asked.width * asked.height * 3
  )
    throw new Error(
      `frame ${id} has a picture of ${picture.width}×${picture.height}, not ${asked.width}×${asked.height}`,
    );
  const { found } = await detector.findFitted(picture.data, { width, height }, fit, least);
  const shown = found.slice(0, MAX_FACES);
  return {
    model: detector.name,
    faces: shown.map(({ box: [x, y, w, h], score }) => ({ box: [left + x, top + y, w, h], score })),
    probabilities: shown.map(
      ({ probabilities }) =>
        Object.fromEntries(MASK_CLASSES.map((name, k) => [name, probabilities[k]!])) as Probabilities,
    ),
  };
}

/** Milliseconds that a camera's frame takes, the median of a few. */
async function timed(detector: Detector): Promise<number> {
  const frame = { width: 640, height: 360 };
  const pixels = new Uint8Array(frame.width * frame.height * 3).fill(90);
  const times: number[] = [];
  for (let i = 0; i < 7; i++) {
    const start = performance.now();
    await detector.find(pixels, frame, 0.5);
    times.push(performance.now() - start);
  }
  return times.toSorted((a, b) => a - b)[3]!;
}
