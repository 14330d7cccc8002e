/**
 * Whole pictures kept for review: drawn by chance from what is looked at, looked at by both pipelines, kept where either
 * sees a face, marked by a person, and compared on.
 */
import sharp from 'sharp';
import type { DeskFunctions, FrameCounts, ReviewCounts, Sample, Settings } from '../api';
import { decodeBytes } from '../data/decode';
import type { Detector } from '../detect/detector';
import type { Offered } from '../rpc';
import type { Db } from '../store/database';
import type { Classifier } from '../watch/classifier';
import { lookBothWays, SHOWN, type BothJudges } from './both-ways';
import { Comparison, ENOUGH } from './comparison';
import { FrameStore, MOST_FRAMES } from './frame-store';

type FrameFunction = 'reviewFrames' | 'framePicture' | 'markFrame' | 'deleteFrame';

export interface FramesDeskParts {
  db: Db;
  /** For settings, models, jobs and review. */
  folder: string;
  settings: () => Settings['privacy'];
  /** What judges crops now. */
  classifier: () => Pick<Classifier, 'card' | 'classify'>;
  /** Opens the one-shot detector; null where there is none, and nothing to compare. */
  detector: (() => Promise<Detector>) | null;
  /** Something is kept, marked or gone. */
  onChange: () => void;
  /** There are new figures for `auto`. */
  onCompared: () => void;
  onFault: (message: string) => void;
  /** Numbers in [0, 1). */
  random?: () => number;
}

/** Mean milliseconds between two pictures that are drawn. */
const APART = 20_000;
/** Milliseconds after which a page that was asked is asked again. */
const ANSWER = 30_000;
/** The longest that a look stands for: what lies between two looks that are further apart was not looked at. */
const LONGEST = 1000;
/** Of the JPEG: what a camera's own pictures have, and more than a detector needs. */
const QUALITY = 90;

export class FramesDesk {
  readonly store: FrameStore;
  readonly comparison: Comparison;
  /** When the last look was, and when a picture was asked for that has not come. */
  #looked = 0;
  #asked: number | null = null;
  #work: Promise<void> = Promise.resolve();
  #failing = false;

  constructor(private readonly parts: FramesDeskParts) {
    const { db, folder, settings, onCompared, onFault } = parts;
    this.store = new FrameStore(db, folder, () => settings().reviewDays);
    this.comparison = new Comparison({
      ...{ store: this.store, folder, onFault },
      withJudges: (work) => this.#withJudges(work),
      onCompared: () => {
        parts.onChange();
        onCompared();
      },
    });
  }

  get on(): boolean {
    const { review, reviewFrames } = this.parts.settings();
    return review && reviewFrames && this.parts.detector !== null;
  }

  /**
   * Whether the next picture is to be sent whole. Every moment of looking has the same chance, whatever is seen in it.
   * @param now milliseconds since the epoch
   */
  draws(now: number): boolean {
    const passed = Math.max(0, Math.min(now - this.#looked, LONGEST));
    this.#looked = now;
    if (!this.on || (this.#asked !== null && now - this.#asked < ANSWER)) return false;
    const random = this.parts.random ?? Math.random;
    if (random() >= 1 - Math.exp(-passed / APART)) return false;
    this.#asked = now;
    return true;
  }

  /** A picture has come; one that nobody asked for is passed over. */
  sampled(sample: Sample): void {
    if (this.#asked === null || !this.on) return;
    this.#asked = null;
    const at = Date.now();
    this.#work = this.#work.then(() => this.#take(sample, at));
  }

  /** When all that has come so far is written. */
  settled(): Promise<void> {
    return this.#work;
  }

  /** Takes nothing more, and waits for what is under way. */
  async close(): Promise<void> {
    this.#asked = null;
    await this.#work;
    await this.comparison.close();
  }

  counts(): FrameCounts {
    const { waiting, done } = this.store.counts();
    const { last } = this.comparison;
    return {
      ...{ on: this.on, waiting, done, needed: ENOUGH },
      compared: last && { frames: last.scenes, twoStage: last.twoStage, oneShot: last.oneShot },
    };
  }

  /** @param changed tells, and gives all counts */
  functions(changed: () => ReviewCounts): Pick<Offered<DeskFunctions>, FrameFunction> {
    const { store, comparison } = this;
    return {
      reviewFrames: () => store.list(),
      framePicture: (id) => store.picture(id),
      markFrame: (id, faces) => {
        store.mark(id, faces);
        comparison.soon();
        return changed();
      },
      deleteFrame: (id) => {
        store.delete([id]);
        return changed();
      },
    };
  }

  async #take({ width, height, data, regions, faces }: Sample, at: number): Promise<void> {
    const { onChange, onFault } = this.parts;
    try {
      const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
        .jpeg({ quality: QUALITY })
        .toBuffer();
      // Both look at what is kept, so that they see the same when they look again.
      const picture = await decodeBytes(jpeg);
      const looks = await this.#withJudges((judges) => lookBothWays({ picture, regions, faces }, judges));
      // Where neither sees anybody there is nothing to compare, and nobody's picture to keep.
      const isSeen = [looks.twoStage, looks.oneShot].some(({ found }) =>
        found.some(({ score }) => score >= SHOWN),
      );
      // It may have been turned off meanwhile.
      if (!isSeen || !this.on || !this.#makeRoom()) return;
      this.store.keep({ at, width, height, regions, faces, looks, jpeg });
      this.#failing = false;
      onChange();
    } catch (error) {
      if (!this.#failing) onFault(`pictures cannot be kept for review for now: ${(error as Error).message}`);
      this.#failing = true;
    }
  }

  /** Of those that wait one goes by chance; @returns false where all are reviewed */
  #makeRoom(): boolean {
    const { waiting, done } = this.store.counts();
    return waiting + done < MOST_FRAMES || this.store.giveUpOne();
  }

  async #withJudges<T>(work: (judges: BothJudges) => Promise<T>): Promise<T> {
    const { classifier, detector } = this.parts;
    if (!detector) throw new Error('there is no one-shot detector here');
    const opened = await detector();
    try {
      return await work({ classifier: classifier(), detector: opened });
    } finally {
      await opened.release();
    }
  }
}
