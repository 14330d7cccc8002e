/**
 * What the desk is made of, beside the watch: statistics, and what the pages may ask of them. Built once by
 * app.ts, which tells it what the watch sees. Each part stands in a file of its own; here they are only joined.
 */
import { join } from 'node:path';
import type { DeskEvent, DeskFunctions, Measurements, Settings, VerdictEvent } from './api';
import type { Offered } from './rpc';
import { JobsDesk } from './jobs/desk';
import type { StartProcess } from './jobs/process';
import { JobQueue } from './jobs/queue';
import { openDatabase, type Db } from './store/database';
import { StatisticsStore } from './store/statistics';
import { Visits, type Departure } from './watch/visits';

export interface DeskParts {
  /** For everything that is kept. */
  folder: string;
  /** Path of the model that ships. */
  shipped: string;
  /** How this host starts a process for a job. */
  startProcess: StartProcess;
  settings: () => Settings;
  /** Tells every page. */
  tell: (event: DeskEvent) => void;
}

/** Milliseconds between two writings of counts, and between two looks for what is too old to be kept. */
const FLUSH_EVERY = 1000;
const PRUNE_EVERY = 3_600_000;

export class Desk {
  readonly #db: Db;
  readonly #statistics: StatisticsStore;
  readonly #visits: Visits;
  readonly #jobs: JobsDesk;
  readonly #timers: NodeJS.Timeout[];
  #changed = false;

  constructor(private readonly parts: DeskParts) {
    const { db, notice } = openDatabase(join(parts.folder, 'maskwatch.db'));
    this.#db = db;
    if (notice !== null) this.#notice(notice);
    this.#visits = new Visits(() => parts.settings().visits);
    this.#statistics = new StatisticsStore(db, (message) => {
      this.#notice(message);
    });
    this.#jobs = new JobsDesk({
      queue: new JobQueue(db),
      folder: parts.folder,
      shipped: parts.shipped,
      start: parts.startProcess,
      tell: parts.tell,
    });
    this.#timers = [
      setInterval(() => {
        this.#flush();
      }, FLUSH_EVERY).unref(),
      setInterval(() => {
        this.#prune();
      }, PRUNE_EVERY).unref(),
    ];
    this.#prune();
  }

  settled(event: VerdictEvent): void {
    this.#count(this.#visits.settled(event));
  }

  gone(departure: Departure): void {
    this.#count(this.#visits.gone(departure));
  }

  measured({ seconds }: Measurements): void {
    this.#statistics.watched(seconds * 1000, Date.now());
    this.#changed = true;
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#jobs.close();
    this.#statistics.flush();
    this.#db.close();
  }

  /** What pages may ask. */
  functions(): Partial<Offered<DeskFunctions>> {
    return {
      ...this.#jobs.functions(),
      statistics: (range) => this.#statistics.read(range),
      statisticsCsv: (range) => ({
        file: `maskwatch-${range.from}-${range.to}.csv`,
        text: this.#statistics.csv(range),
      }),
      deleteStatistics: () => {
        this.#statistics.deleteAll();
        this.#changed = true;
      },
    };
  }

  #count(visit: ReturnType<Visits['settled']>): void {
    if (visit === null) return;
    this.#statistics.count(visit, this.parts.settings().privacy.eventDays > 0);
    this.#changed = true;
  }

  #flush(): void {
    if (!this.#changed) return;
    this.#changed = false;
    this.#statistics.flush();
    this.#attempt(() => {
      this.parts.tell({ type: 'interval', interval: this.#statistics.interval(Date.now()) });
    });
  }

  #prune(): void {
    this.#attempt(() => {
      this.#statistics.prune(this.parts.settings().privacy.eventDays);
    });
  }

  /** What is done beside the watch must not stop it. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#notice((error as Error).message);
    }
  }

  #notice(message: string): void {
    this.parts.tell({ type: 'notice', message });
  }
}
