/**
 * Jobs, models and the review's counts as main tells of them, for the pages that show them. A call that fails is told
 * in one sentence; nothing is shown as done before main says so.
 */
import type { CurvePoint, DeskEvent, Job, LiveRate, ModelList, ReviewCounts } from '../src-main/api';
import { NotUnlocked } from './access.svelte';
import type { Main } from './connection';
import type { PageSession } from './page-session.svelte';

/** What of them a page shows. */
export type Shown = 'jobs' | 'models' | 'counts';

export class Work {
  #jobs = $state.raw<Job[] | null>(null);
  #models = $state.raw<ModelList | null>(null);
  #counts = $state.raw<ReviewCounts | null>(null);
  #curves = $state.raw<Readonly<Record<number, CurvePoint[]>>>({});
  #live = $state.raw<LiveRate | null>(null);
  #fault = $state<string | null>(null);

  constructor(private readonly session: Pick<PageSession, 'guard' | 'main' | 'on'>) {}

  /** Newest first; null until they are known. */
  get jobs(): Job[] | null {
    return this.#jobs;
  }
  get models(): ModelList | null {
    return this.#models;
  }
  get counts(): ReviewCounts | null {
    return this.#counts;
  }
  /** How fast the live page watches beside the job that runs; null until it was told. */
  get live(): LiveRate | null {
    return this.#live;
  }
  /** What went wrong last, until it is dismissed. */
  get fault(): string | null {
    return this.#fault;
  }

  /** What the PIN guards is not asked for by the page itself: a dialog that nobody called for explains nothing. */
  get locked(): boolean {
    return this.session.guard.access.locked;
  }

  unlock(): Promise<boolean> {
    return this.session.guard.ask();
  }

  curve(job: number): CurvePoint[] {
    return this.#curves[job] ?? [];
  }

  dismiss(): void {
    this.#fault = null;
  }

  /** Loads what a page shows and keeps it true. @returns stops that */
  follow(shown: readonly Shown[]): () => void {
    void this.load(shown);
    return this.session.on((event) => {
      this.#take(event);
    });
  }

  /** @returns stops the listening */
  listen(listener: (event: DeskEvent) => void): () => void {
    return this.session.on(listener);
  }

  /** Calls main, which may ask for the PIN; what fails is told. @returns null when it failed */
  async attempt<T>(call: (main: Main) => Promise<T>): Promise<T | null> {
    try {
      const answer = await this.session.guard.run(() => call(this.session.main));
      this.#fault = null;
      return answer;
    } catch (error) {
      if (!(error instanceof NotUnlocked))
        this.#fault = error instanceof Error ? error.message : String(error);
      return null;
    }
  }

  /** Loads what a page shows; what fails of it is told whatever else comes. */
  async load(shown: readonly Shown[]): Promise<void> {
    let fault: string | null = null;
    const tried = async <T>(call: (main: Main) => Promise<T>): Promise<T | null> => {
      const answer = await this.attempt(call);
      fault ??= this.#fault;
      return answer;
    };
    if (shown.includes('jobs')) this.takeJobs(await tried((main) => main.jobs()));
    if (shown.includes('models')) this.takeModels(await tried((main) => main.models()));
    if (shown.includes('counts')) this.takeCounts(await tried((main) => main.reviewCounts()));
    this.#fault = fault;
  }

  async loadCurve(job: number): Promise<void> {
    const points = await this.attempt((main) => main.jobCurve(job));
    if (points !== null) this.#curves = { ...this.#curves, [job]: points };
  }

  takeModels(list: ModelList | null): void {
    if (list !== null) this.#models = list;
  }
  takeJobs(jobs: Job[] | null): void {
    if (jobs !== null) this.#jobs = jobs;
  }
  takeCounts(counts: ReviewCounts | null): void {
    if (counts !== null) this.#counts = counts;
  }

  #take(event: DeskEvent): void {
    if (event.type === 'job') {
      const { job } = event;
      const jobs = this.#jobs ?? [];
      const known = jobs.some(({ id }) => id === job.id);
      this.#jobs = known ? jobs.map((other) => (other.id === job.id ? job : other)) : [job, ...jobs];
    } else if (event.type === 'jobRemoved')
      this.#jobs = (this.#jobs ?? []).filter(({ id }) => id !== event.job);
    else if (event.type === 'curvePoint') {
      const others = this.curve(event.job).filter(({ epoch }) => epoch !== event.point.epoch);
      const points = [...others, event.point].sort((a, b) => a.epoch - b.epoch);
      this.#curves = { ...this.#curves, [event.job]: points };
    } else if (event.type === 'models') this.#models = event.list;
    else if (event.type === 'review') this.#counts = event.counts;
    else if (event.type === 'live') this.#live = event.live;
    else if (event.type === 'notice') this.#fault = event.message;
  }
}
