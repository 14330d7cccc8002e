/** Jobs for the pages: what they may ask, and telling them what changes, whichever process changed it. */
import { readImageFolders } from '../data/folders';
import { MASK_CLASSES, noCounts } from '../api';
import type { DeskEvent, DeskFunctions, FolderFacts, Job, JobKind, Measurements } from '../api';
import type { Offered } from '../rpc';
import { jobChoices } from './check';
import { GiveWay } from './give-way';
import { JobLog, readLog } from './log';
import type { StartProcess } from './process';
import type { JobQueue } from './queue';
import { Runner } from './runner';

export interface JobsDeskParts {
  queue: JobQueue;
  /** For settings, models, jobs and review. */
  folder: string;
  /** Path of the model that ships. */
  shipped: string;
  start: StartProcess;
  tell: (event: DeskEvent) => void;
  /** Milliseconds until a job whose process died is begun again. */
  restAfterDeath?: number;
  /** A job has ended, here or in another process. */
  onEnd?: (job: Job) => void;
}

/** Milliseconds between two looks at what other processes did. */
const LOOK_EVERY = 500;

const isOpen = ({ state }: Job): boolean => state === 'queued' || state === 'running' || state === 'paused';

export class JobsDesk {
  readonly #runner: Runner;
  readonly #way = new GiveWay();
  readonly #timer: NodeJS.Timeout;
  /** What pages know: each job as JSON, and of those not ended how many points of the curve. */
  #told = new Map<number, { json: string; open: boolean }>();
  readonly #points = new Map<number, number>();
  #busy = false;

  constructor(private readonly parts: JobsDeskParts) {
    this.#runner = new Runner({
      ...parts,
      share: () => this.#way.share(performance.now()),
      onChange: () => {
        this.#look();
      },
    });
    for (const job of parts.queue.list())
      this.#told.set(job.id, { json: JSON.stringify(job), open: isOpen(job) });
    this.#timer = setInterval(() => {
      this.#look();
    }, LOOK_EVERY).unref();
    this.#runner.start();
  }

  /** Whether jobs run in this process's care. */
  get runs(): boolean {
    return this.#runner.leads;
  }

  /** Whether a job runs, in whichever process's care, as far as this one was told. */
  get busy(): boolean {
    return this.#busy;
  }

  /** What the page that watches measured since it last told. */
  watched(measured: Measurements): void {
    this.#way.measured(measured, this.#busy, performance.now());
  }

  /** The share of its time that a job begun now would work, 0 to 1. */
  get works(): number {
    return this.#way.works(performance.now());
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#runner.close();
  }

  /** Cancels all jobs of a kind, and waits until none of them runs. */
  async stop(kind: JobKind): Promise<void> {
    const { queue } = this.parts;
    for (const job of queue.list()) if (job.spec.kind === kind && isOpen(job)) queue.order(job.id, 'cancel');
    this.#act();
    await this.#runner.ended();
  }

  functions() {
    const { queue, folder } = this.parts;
    return {
      jobs: () => queue.list(),
      addJob: (request) => {
        const job = queue.add(request);
        this.#act();
        return job;
      },
      orderJob: (id, order) => {
        queue.order(id, order);
        if (order === 'remove') JobLog.remove(folder, id);
        this.#act();
        return queue.list();
      },
      jobCurve: (id) => queue.points(id),
      jobLog: (id, from) => readLog(folder, id, from),
      inspectFolder,
      jobChoices,
    } satisfies Partial<Offered<DeskFunctions>>;
  }

  #act(): void {
    this.#runner.look();
    this.#look();
  }

  /** Tells pages what is new since the last look. */
  #look(): void {
    const { queue, tell, onEnd } = this.parts;
    try {
      if (!queue.changed) return;
      const jobs = queue.list();
      const now = new Map(jobs.map((job) => [job.id, { json: JSON.stringify(job), open: isOpen(job) }]));
      this.#busy = jobs.some(({ state }) => state === 'running');
      const before = this.#told;
      this.#told = now;
      for (const id of before.keys()) if (!now.has(id)) tell({ type: 'jobRemoved', job: id });
      for (const job of jobs) {
        const known = before.get(job.id);
        const { json, open } = now.get(job.id)!;
        if (known?.json === json) continue;
        this.#tellPoints(job);
        tell({ type: 'job', job });
        if (!open && known?.open !== false) onEnd?.(job);
      }
    } catch {
      // The database is busy or the disk full; what was missed is told at the next look.
    }
  }

  #tellPoints({ id, state }: Job): void {
    if (state === 'queued') return;
    const points = this.parts.queue.points(id);
    for (const point of points.slice(this.#points.get(id) ?? 0))
      this.parts.tell({ type: 'curvePoint', job: id, point });
    this.#points.set(id, points.length);
  }
}

/**
 * What a folder of faces holds.
 * @throws Error when it is not there, or no folder of faces
 */
async function inspectFolder(path: string): Promise<FolderFacts> {
  const samples = await readImageFolders([path], { allowMissing: true });
  const images = noCounts();
  for (const { label } of samples) images[MASK_CLASSES[label]]++;
  return { path, images, divided: samples.some(({ split }) => split !== undefined) };
}
