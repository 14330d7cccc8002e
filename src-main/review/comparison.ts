/**
 * Both pipelines measured on the reviewed pictures, by what `evaluate --scenes` measures with; the figures are kept for
 * `auto`, and nothing else. One at a time, and only once nobody has marked anything for a moment.
 */
import { decode } from '../data/decode';
import { detectionMetrics } from '../learn/detect/average-precision';
import { readEvidence, writeEvidence, type Evidence } from '../watch/auto';
import { lookBothWays, type BothJudges, type Finds } from './both-ways';
import type { FrameStore, ReviewedFrame } from './frame-store';

/**
 * Reviewed pictures from which on they are compared. Of 60 drawn by chance from 300 annotated scenes, the difference of
 * the two mAP@0.5 lay within 0.07 of what it is on all of them (one standard deviation; of 20, within 0.12).
 */
export const ENOUGH = 60;

/** Milliseconds after the last mark: whoever reviews goes on. */
const PAUSE = 2000;

export interface ComparisonParts {
  store: FrameStore;
  /** Folder of the settings. */
  folder: string;
  /** What judges now, for as long as the work takes. */
  withJudges: <T>(work: (judges: BothJudges) => Promise<T>) => Promise<T>;
  /** There are new figures. */
  onCompared: () => void;
  onFault: (message: string) => void;
}

export class Comparison {
  #last: Evidence | null = null;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<void>;
  /** Other networks judge than those that looked at what is kept. */
  #isStale = false;

  constructor(private readonly parts: ComparisonParts) {
    this.#work = readEvidence(parts.folder).then((evidence) => {
      this.#last = evidence;
    });
  }

  /** What the last one on reviewed pictures came to; null before there was one. */
  get last(): Evidence | null {
    return this.#last?.of === 'frames' ? this.#last : null;
  }

  /** Something was marked, or (true) another network judges: compares soon, where there is enough. */
  soon(isOtherModel = false): void {
    this.#isStale ||= isOtherModel;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      void this.now();
    }, PAUSE).unref();
  }

  /** Compares, where there is enough. @returns when that is done */
  now(): Promise<void> {
    clearTimeout(this.#timer);
    return (this.#work = this.#work.then(() => this.#compare()));
  }

  /** Ends what waits. @returns when what runs has ended */
  close(): Promise<void> {
    clearTimeout(this.#timer);
    return this.#work;
  }

  async #compare(): Promise<void> {
    const { store, folder, withJudges, onCompared, onFault } = this.parts;
    try {
      if (store.counts().done < ENOUGH) return;
      const evidence = await withJudges(async (judges) => {
        const frames: ReviewedFrame[] = [];
        for (const frame of store.reviewed()) frames.push(await this.#upToDate(frame, judges));
        return evidenceOf(frames, judges.detector.name);
      });
      if (evidence === null) return;
      this.#isStale = false;
      await writeEvidence(folder, evidence);
      this.#last = evidence;
      onCompared();
    } catch (error) {
      onFault(`both ways of looking could not be compared: ${(error as Error).message}`);
    }
  }

  /** A picture as the networks that judge now see it. */
  async #upToDate(frame: ReviewedFrame, judges: BothJudges): Promise<ReviewedFrame> {
    const { twoStage, oneShot } = frame.looks;
    const isNow = twoStage.model === judges.classifier.card.name && oneShot.model === judges.detector.name;
    if (isNow && !this.#isStale) return frame;
    const looks = await lookBothWays({ ...frame, picture: await decode(frame.file) }, judges);
    this.parts.store.lookedAgain(frame.id, looks);
    return { ...frame, looks };
  }
}

/** @returns null where no face has a class */
export function evidenceOf(frames: readonly ReviewedFrame[], model: string): Evidence | null {
  const of = (finds: (frame: ReviewedFrame) => Finds): number | null =>
    detectionMetrics(frames.map((frame) => ({ found: finds(frame).found, faces: frame.truth }))).map50;
  const twoStage = of(({ looks }) => looks.twoStage);
  const oneShot = of(({ looks }) => looks.oneShot);
  if (twoStage === null || oneShot === null) return null;
  return { version: 1, of: 'frames', scenes: frames.length, twoStage, oneShot, model };
}
