/** Statistics for the pages and the watch: which visits are counted, writing them, and telling pages of the newest. */
import type { Counts, DeskEvent, DeskFunctions, Settings } from '../api';
import type { Offered } from '../rpc';
import type { Visits } from '../watch/visits';
import type { Db } from './database';
import { localDay, StatisticsStore } from './statistics';

export interface StatisticsDeskParts {
  db: Db;
  settings: () => Settings['privacy'];
  /** Frees some of a full disk; false when it has nothing to give up. */
  makeRoom: () => boolean;
  tell: (event: DeskEvent) => void;
}

/** Milliseconds between two writings of counts. */
const FLUSH_EVERY = 1000;

export class StatisticsDesk {
  readonly store: StatisticsStore;
  readonly #timer: NodeJS.Timeout;
  #changed = false;

  constructor(private readonly parts: StatisticsDeskParts) {
    this.store = new StatisticsStore(
      parts.db,
      (message) => {
        this.#notice(message);
      },
      parts.makeRoom,
    );
    this.#timer = setInterval(() => {
      this.#flush();
    }, FLUSH_EVERY).unref();
  }

  /** Writes what is still to be written. */
  close(): void {
    clearInterval(this.#timer);
    this.store.flush();
  }

  /** @param visit null for what is no visit */
  count(visit: ReturnType<Visits['settled']>): void {
    if (visit === null) return;
    const keepVerdict = this.parts.settings().eventDays > 0;
    if (!keepVerdict && !this.#counts) return;
    this.store.count(visit, keepVerdict, this.#counts);
    this.#changed = true;
  }

  /** It was watched for so many seconds. */
  watched(seconds: number): void {
    if (!this.#counts) return;
    this.store.watched(seconds * 1000, Date.now());
    this.#changed = true;
  }

  /** Visits of today. */
  today(): Counts {
    const day = localDay(new Date());
    return this.store.read({ from: day, to: day }).counts;
  }

  /** Forgets what is too old to be kept. */
  prune(): void {
    const { eventDays, countDays } = this.parts.settings();
    this.store.prune(eventDays, countDays);
  }

  functions() {
    return {
      statistics: (range) => this.store.read(range),
      statisticsCsv: (range) => ({
        file: `maskwatch-${range.from}-${range.to}.csv`,
        text: this.store.csv(range),
      }),
      deleteStatistics: () => {
        this.store.deleteAll();
        this.#changed = true;
      },
    } satisfies Partial<Offered<DeskFunctions>>;
  }

  /** Whether intervals are kept at all. */
  get #counts(): boolean {
    return this.parts.settings().countDays !== 0;
  }

  #flush(): void {
    if (!this.#changed) return;
    this.#changed = false;
    this.store.flush();
    try {
      this.parts.tell({ type: 'interval', interval: this.store.interval(Date.now()) });
    } catch (error) {
      this.#notice((error as Error).message);
    }
  }

  #notice(message: string): void {
    this.parts.tell({ type: 'notice', message });
  }
}
