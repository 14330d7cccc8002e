/** The review queue for the pages, and what the watch brings to it. */
import type { DeskEvent, DeskFunctions, ReviewCounts, Settings } from '../api';
import { removeCopies } from '../jobs/log';
import type { Offered } from '../rpc';
import type { Db } from '../store/database';
import type { SeenLook } from '../watch/monitor';
import { FramesDesk, type FramesDeskParts } from './frames-desk';
import { GIVEN_UP, Keeper } from './keeper';
import { DAY_MS } from './rows';
import { ReviewStore } from './store';

export interface ReviewDeskParts extends Pick<
  FramesDeskParts,
  'classifier' | 'detector' | 'onCompared' | 'random'
> {
  db: Db;
  /** For settings, models, jobs and review. */
  folder: string;
  settings: () => Settings['privacy'];
  visitOf: (track: number) => string | null;
  tell: (event: DeskEvent) => void;
  /** Ends what learns from kept faces now. */
  stopRetraining: () => Promise<void>;
}

export class ReviewDesk {
  readonly store: ReviewStore;
  readonly frames: FramesDesk;
  readonly #keeper: Keeper;

  constructor(private readonly parts: ReviewDeskParts) {
    const { db, folder, settings, visitOf, tell } = parts;
    this.store = new ReviewStore(db, folder, () => ({ on: settings().review, days: settings().reviewDays }));
    const onFault = (message: string): void => {
      tell({ type: 'notice', message });
    };
    this.frames = new FramesDesk({
      ...parts,
      onChange: () => {
        this.tellAll();
      },
      onFault,
    });
    this.#keeper = new Keeper({
      store: this.store,
      settings: () => ({ on: settings().review, most: settings().reviewMost }),
      visitOf,
      onKept: () => {
        this.tellAll();
      },
      onFault,
    });
  }

  look(look: SeenLook): void {
    this.#keeper.look(look);
  }

  left(track: number): void {
    this.#keeper.left(track);
  }

  /** When all that was taken so far is written. */
  async settled(): Promise<void> {
    await this.#keeper.settled();
    await this.frames.settled();
  }

  /** Deletes what is too old, copies that jobs made included. */
  expire(): void {
    removeCopies(this.parts.folder, Date.now() - this.parts.settings().reviewDays * DAY_MS);
    const frames = this.frames.store.expire();
    const faces = this.store.expire().length > 0;
    if (!faces && !frames) return;
    if (faces) this.#keeper.refresh();
    this.tellAll();
  }

  /** Gives up the oldest pictures for a full disk, whole ones first. @returns false when there are none left */
  makeRoom(): boolean {
    if (this.frames.store.giveUp(GIVEN_UP)) return true;
    const some = this.store.giveUp(GIVEN_UP);
    if (some) this.#keeper.refresh();
    return some;
  }

  tellAll(): ReviewCounts {
    const counts = this.counts();
    this.parts.tell({ type: 'review', counts });
    return counts;
  }

  counts(): ReviewCounts {
    const faces = this.store.counts();
    const { bytes, oldest } = this.frames.store.counts();
    const days = this.parts.settings().reviewDays;
    const expiry = oldest === null ? [] : [new Date(oldest + days * DAY_MS).toISOString()];
    const [nextExpiry = null] = [faces.nextExpiry, ...expiry].filter((at) => at !== null).toSorted();
    return { ...faces, bytes: faces.bytes + bytes, nextExpiry, frames: this.frames.counts() };
  }

  functions() {
    const { store, frames } = this;
    const changed = (): ReviewCounts => {
      this.#keeper.refresh();
      return this.tellAll();
    };
    return {
      ...frames.functions(changed),
      reviewCounts: () => this.counts(),
      reviewFaces: (filter) => store.page(filter),
      reviewCrops: (ids) => store.crops(ids),
      labelFaces: (ids, label) => {
        store.label(ids, label);
        return changed();
      },
      undoLabels: () => {
        const faces = store.undo();
        changed();
        return faces;
      },
      deleteFaces: (ids) => {
        store.delete(ids);
        return changed();
      },
      deleteAllFaces: async () => {
        this.#keeper.forget();
        await this.parts.stopRetraining();
        await this.settled();
        frames.store.deleteAll();
        store.deleteAll();
        removeCopies(this.parts.folder, Infinity);
        return changed();
      },
    } satisfies Partial<Offered<DeskFunctions>>;
  }
}
