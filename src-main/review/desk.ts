/** The review queue for the pages, and what the watch brings to it. */
import type { DeskEvent, DeskFunctions, ReviewCounts, Settings } from '../api';
import { removeCopies } from '../jobs/log';
import type { Offered } from '../rpc';
import type { Db } from '../store/database';
import type { SeenLook } from '../watch/monitor';
import { GIVEN_UP, Keeper } from './keeper';
import { ReviewStore } from './store';

export interface ReviewDeskParts {
  db: Db;
  /** For settings, models, jobs and review. */
  folder: string;
  settings: () => Settings['privacy'];
  visitOf: (track: number) => string | null;
  tell: (event: DeskEvent) => void;
  /** Ends what learns from kept faces now. */
  stopRetraining: () => Promise<void>;
}

const DAY_MS = 86_400_000;

export class ReviewDesk {
  readonly store: ReviewStore;
  readonly #keeper: Keeper;

  constructor(private readonly parts: ReviewDeskParts) {
    const { db, folder, settings, visitOf, tell } = parts;
    this.store = new ReviewStore(db, folder, () => ({ on: settings().review, days: settings().reviewDays }));
    this.#keeper = new Keeper({
      store: this.store,
      settings: () => ({ on: settings().review, most: settings().reviewMost }),
      visitOf,
      onKept: () => {
        this.tellAll();
      },
      onFault: (message) => {
        tell({ type: 'notice', message });
      },
    });
  }

  look(look: SeenLook): void {
    this.#keeper.look(look);
  }

  left(track: number): void {
    this.#keeper.left(track);
  }

  /** When all that was taken so far is written. */
  settled(): Promise<void> {
    return this.#keeper.settled();
  }

  /** Deletes what is too old, copies that jobs made included. */
  expire(): void {
    removeCopies(this.parts.folder, Date.now() - this.parts.settings().reviewDays * DAY_MS);
    if (this.store.expire().length === 0) return;
    this.#keeper.refresh();
    this.tellAll();
  }

  /** Gives up the oldest faces for a full disk. @returns false when there are none left */
  makeRoom(): boolean {
    const some = this.store.giveUp(GIVEN_UP);
    if (some) this.#keeper.refresh();
    return some;
  }

  tellAll(): ReviewCounts {
    const counts = this.store.counts();
    this.parts.tell({ type: 'review', counts });
    return counts;
  }

  functions() {
    const { store } = this;
    const changed = (): ReviewCounts => {
      this.#keeper.refresh();
      return this.tellAll();
    };
    return {
      reviewCounts: () => store.counts(),
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
        await this.#keeper.settled();
        store.deleteAll();
        removeCopies(this.parts.folder, Infinity);
        return changed();
      },
    } satisfies Partial<Offered<DeskFunctions>>;
  }
}
