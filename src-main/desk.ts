/**
 * What the desk is made of, beside the watch: statistics, and what the pages may ask of them. Built once by
 * app/, which tells it what the watch sees. Each part stands in a file of its own; here they are only joined.
 */
import { join } from 'node:path';
import type {
  Counts,
  DeskEvent,
  DeskFunctions,
  Measurements,
  Ready,
  Sample,
  Settings,
  VerdictEvent,
} from './api';
import type { Detector } from './detect/detector';
import type { Offered } from './rpc';
import { JobsDesk } from './jobs/desk';
import { distillationOf, readyFor } from './jobs/now';
import { RetrainPlanner } from './jobs/plan';
import type { StartProcess } from './jobs/process';
import { JobQueue } from './jobs/queue';
import type { LiveModel } from './live';
import { OutputsDesk } from './outputs/desk';
import type { NotWatching } from './outputs/webhook-message';
import { ReviewDesk } from './review/desk';
import { AgeClock } from './store/age';
import { openDatabase, type Db } from './store/database';
import { ModelsDesk } from './store/models-desk';
import type { Registry } from './store/registry';
import { StatisticsDesk } from './store/statistics-desk';
import type { SeenLook } from './watch/monitor';
import { proveModel } from './watch/tried';
import { Visits, type Departure } from './watch/visits';

export interface DeskParts {
  version: string;
  /** For everything that is kept. */
  folder: string;
  registry: Registry;
  model: LiveModel;
  /** Opens the one-shot detector; null where there is none. */
  detector: (() => Promise<Detector>) | null;
  /** Both ways of looking have been compared anew on reviewed pictures. */
  onCompared: () => void;
  /** How this host starts a process for a job. */
  startProcess: StartProcess;
  settings: () => Settings;
  /** Why nobody is watched now; null while it watches. */
  notWatching: () => NotWatching | null;
  /** Tells every page. */
  tell: (event: DeskEvent) => void;
}

/** Milliseconds between two looks for what is too old to be kept. */
const PRUNE_EVERY = 3_600_000;

export class Desk {
  readonly #db: Db;
  readonly #statistics: StatisticsDesk;
  readonly #visits: Visits;
  readonly #jobs: JobsDesk;
  readonly #models: ModelsDesk;
  readonly #review: ReviewDesk;
  readonly #planner: RetrainPlanner;
  readonly #outputs: OutputsDesk;
  readonly #timer: NodeJS.Timeout;
  readonly #clock = new AgeClock();

  constructor(private readonly parts: DeskParts) {
    const { db, notice } = openDatabase(join(parts.folder, 'maskwatch.db'));
    this.#db = db;
    if (notice !== null) this.#notice(notice);
    this.#visits = new Visits(() => parts.settings().visits);
    this.#statistics = new StatisticsDesk({
      db,
      settings: () => parts.settings().privacy,
      makeRoom: () => this.#review.makeRoom(),
      tell: parts.tell,
    });
    const queue = new JobQueue(db);
    this.#jobs = new JobsDesk({
      queue,
      folder: parts.folder,
      shipped: parts.registry.shipped,
      start: parts.startProcess,
      tell: parts.tell,
      onEnd: ({ result }) => {
        if (result !== null && 'model' in result) this.tellModels();
      },
    });
    this.#models = new ModelsDesk({
      registry: parts.registry,
      live: parts.model,
      prove: proveModel,
      tell: parts.tell,
    });
    this.#review = new ReviewDesk({
      db,
      folder: parts.folder,
      settings: () => parts.settings().privacy,
      visitOf: (track) => this.#visits.visitOf(track),
      classifier: () => parts.model.classifier,
      detector: parts.detector,
      onCompared: parts.onCompared,
      tell: parts.tell,
      stopRetraining: () => this.#jobs.stop('retrain'),
    });
    this.#planner = new RetrainPlanner({
      queue,
      registry: parts.registry,
      folder: parts.folder,
      start: parts.startProcess,
      faces: () => this.#review.store.reviewed(),
      works: () => this.#jobs.works,
    });
    this.#outputs = new OutputsDesk({
      folder: parts.folder,
      version: parts.version,
      settings: () => parts.settings().outputs,
      notWatching: parts.notWatching,
      tell: parts.tell,
    });
    this.#timer = setInterval(() => {
      this.#prune();
    }, PRUNE_EVERY).unref();
    this.#prune();
  }

  settled(event: VerdictEvent): void {
    this.#statistics.count(this.#visits.settled(event));
    this.#outputs.settled(event);
  }

  seen(look: SeenLook): void {
    this.#review.look(look);
  }

  /** Whether the next picture is wanted whole. @param now milliseconds since the epoch */
  draws(now: number): boolean {
    return this.#review.frames.draws(now);
  }

  sampled(sample: Sample): void {
    this.#review.frames.sampled(sample);
  }

  /** Whether whole pictures are kept for review. */
  get keepsFrames(): boolean {
    return this.#review.frames.on;
  }

  left(track: number): void {
    this.#review.left(track);
  }

  gone(departure: Departure): void {
    this.#statistics.count(this.#visits.gone(departure));
  }

  /** Settings that concern it have changed. */
  privacyChanged(): void {
    this.#prune(true);
    this.#attempt(() => {
      this.#review.tellAll();
    });
  }

  /** Another model judges. */
  modelChanged(): void {
    this.tellModels();
    this.#review.frames.comparison.soon(true);
  }

  /** There are other models, or another one judges. */
  tellModels(): void {
    this.#models.tellAll().catch((error: unknown) => {
      this.#notice((error as Error).message);
    });
  }

  /** What the page that watches measured since it last told. */
  measured(measurements: Measurements): void {
    this.#statistics.watched(measurements.seconds);
    this.#jobs.watched(measurements);
  }

  /** Ends what needs the judges, before they go. */
  async restFromLooking(): Promise<void> {
    await this.#review.frames.close();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#planner.close();
    await this.#outputs.close();
    await this.#jobs.close();
    await this.#review.settled();
    this.#statistics.close();
    this.#db.close();
    // A file that was damaged as it ran is set aside now, and what it did not take begins the next one.
    if (!this.#statistics.store.isPending) return;
    const { db } = openDatabase(join(this.parts.folder, 'maskwatch.db'));
    this.#attempt(() => {
      this.#statistics.store.rescue(db);
    });
    db.close();
  }

  /** Visits of today. */
  today(): Counts {
    return this.#statistics.today();
  }

  /** What can be begun at a press. */
  get ready(): Ready {
    const { store } = this.#review;
    const review = { on: this.parts.settings().privacy.review, kept: store.size, ...store.divided() };
    return readyFor({ jobs: this.jobs.jobs(), review });
  }

  /** @throws Error in a sentence when there is nothing to begin with */
  async begin(kind: 'retrain' | 'distil'): Promise<void> {
    const { jobs, addJob } = this.jobs;
    addJob(kind === 'retrain' ? { kind } : await distillationOf(jobs(), this.parts.registry));
  }

  /** What may be asked of the jobs. */
  get jobs() {
    return { ...this.#jobs.functions(), running: () => this.#jobs.busy };
  }

  /** What pages may ask. */
  functions(): Partial<Offered<DeskFunctions>> {
    return {
      ...this.#jobs.functions(),
      ...this.#models.functions(),
      ...this.#review.functions(),
      ...this.#outputs.functions(),
      ...this.#statistics.functions(),
      planRetrain: () => this.#planner.plan(),
    };
  }

  /** @param asked somebody has just said how long things are kept, which no clock may put off */
  #prune(asked = false): void {
    if (!this.#clock.isTrusted() && !asked) return;
    this.#attempt(() => {
      this.#statistics.prune();
    });
    this.#attempt(() => {
      this.#review.expire();
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
