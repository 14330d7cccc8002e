/** A folder with a queue and drawn faces, and runners on it whose processes are the real ones. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { shippedModel } from '../../src-main/cli/options';
import type { DeskEvent, Job, JobRequest } from '../../src-main/api';
import { JobsDesk } from '../../src-main/jobs/desk';
import { startNodeProcess, type JobProcess } from '../../src-main/jobs/process';
import { JobQueue } from '../../src-main/jobs/queue';
import { openDatabase, type Db } from '../../src-main/store/database';
import { Registry } from '../../src-main/store/registry';
import { drawFaces } from '../learn/drawn-faces';

/** One process that has the jobs of a folder: what an open maskwatch is. */
export interface Host {
  desk: JobsDesk;
  queue: JobQueue;
  events: DeskEvent[];
  /** Processes it started, the newest last. */
  started: JobProcess[];
  close(): Promise<void>;
}

export class JobSite {
  readonly #hosts: Host[] = [];
  private constructor(
    readonly folder: string,
    readonly faces: string,
  ) {}

  static async make(): Promise<JobSite> {
    // On a busy machine a process of the lowest priority may wait for minutes; one test asks for it.
    process.env['MASKWATCH_JOB_PRIORITY'] = '0';
    const folder = await mkdtemp(join(tmpdir(), 'maskwatch-jobs-'));
    return new JobSite(folder, await drawFaces(join(folder, 'faces'), 20));
  }

  get registry(): Registry {
    return new Registry(join(this.folder, 'models'), shippedModel());
  }

  host(): Host {
    const db: Db = openDatabase(join(this.folder, 'maskwatch.db')).db;
    const queue = new JobQueue(db);
    const events: DeskEvent[] = [];
    const started: JobProcess[] = [];
    const desk = new JobsDesk({
      queue,
      folder: this.folder,
      shipped: shippedModel(),
      start: () => {
        const process = startNodeProcess();
        started.push(process);
        return process;
      },
      tell: (event) => events.push(event),
      restAfterDeath: 10,
    });
    const host: Host = {
      desk,
      queue,
      events,
      started,
      close: async () => {
        this.#hosts.splice(this.#hosts.indexOf(host), 1);
        await desk.close();
        db.close();
      },
    };
    this.#hosts.push(host);
    return host;
  }

  /** A training of a second: two steps an epoch at 32 pixels. */
  training(more: Partial<JobRequest> = {}): JobRequest {
    const quick = { kind: 'train', data: [this.faces], size: 32, images: 64, epochs: 2, network: 'student' };
    return { ...quick, ...more } as JobRequest;
  }

  async closeHosts(): Promise<void> {
    for (const host of [...this.#hosts]) await host.close();
  }

  async remove(): Promise<void> {
    await this.closeHosts();
    await rm(this.folder, { recursive: true, maxRetries: 5 });
  }
}

/** Waits until a job is as it should be, and gives it. */
export const jobThat = (queue: JobQueue, id: number, is: (job: Job) => boolean): Promise<Job> =>
  vi.waitFor(
    () => {
      const job = queue.get(id);
      if (!is(job)) throw new Error(`job ${String(id)} is ${job.state}: ${String(job.fault)}`);
      return job;
    },
    { timeout: 50_000, interval: 30 },
  );

export const inState = (state: Job['state']) => (job: Job) => job.state === state;
