/**
 * Runs the queue: one job at a time, in a process of its own, wherever the runner's lock can be had. What people
 * order is written in the queue; here the process is brought into line with it. A process that dies is begun again
 * from its last checkpoint; after some times it has failed, and says why.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Job, JobProgress } from '../api';
import { tryLock, type Lock } from '../store/lock';
import { whyItDied } from './faults';
import { copiesIn, JobLog } from './log';
import type { FromJob } from './messages';
import type { Ended, JobProcess, StartProcess } from './process';
import type { JobQueue } from './queue';

export interface RunnerParts {
  queue: JobQueue;
  /** For settings, models, jobs and review. */
  folder: string;
  /** Path of the model that ships. */
  shipped: string;
  start: StartProcess;
  /** The share of its time that a job may work now, 0 to 1; left out where nothing is watched beside it. */
  share?: () => number;
  /** Something in the queue may have changed. */
  onChange?: () => void;
  /** Milliseconds until a job whose process died is begun again. */
  restAfterDeath?: number;
}

/** Milliseconds between two looks at what others ordered, and at most between two writings of progress. */
const LOOK_EVERY = 400;
const PROGRESS_EVERY = 500;
const REST = 5000;
/** Times that a job is begun before its dying counts as failing. */
const MOST_ATTEMPTS = 3;
/** Characters of what a process wrote last, for why it died. */
const TAIL = 4000;

interface Running {
  id: number;
  process: JobProcess;
  log: JobLog;
  held: boolean;
  /** The share of its time that it works. */
  share: number;
  /** Whether it was ended on purpose. */
  killed: boolean;
  /** What it said at its end. */
  outcome: Extract<FromJob, { type: 'done' | 'failed' }> | null;
  output: string;
  /** How it ended; its end may still have to be written down. */
  ended: Ended | null;
  told: number;
}

export class Runner {
  #lock: Lock | null = null;
  #running: Running | null = null;
  #closing = false;
  /** Not before, by Date.now(). */
  #notBefore = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(private readonly parts: RunnerParts) {}

  /** Begins to run what waits, and keeps doing so. */
  start(): void {
    this.#timer ??= setInterval(() => {
      this.look();
    }, LOOK_EVERY).unref();
    this.look();
  }

  /** The job that runs here now, held or not. */
  get current(): number | null {
    return this.#running?.id ?? null;
  }

  /** Whether this is the process that runs jobs. */
  get leads(): boolean {
    return this.#lock !== null;
  }

  /** Brings the process into line with the queue. Never throws: jobs must not stop the watching. */
  look(): void {
    if (this.#closing) return;
    try {
      this.#lead();
      const running = this.#running;
      if (running?.ended) this.#finish(running, running.ended);
      else if (running !== null) this.#steer(running);
      else if (this.#lock !== null && Date.now() >= this.#notBefore) this.#beginNext();
    } catch {
      // The disk may be full or the database busy; the next look tries again.
    }
  }

  /** When the process that is being ended has gone. */
  async ended(): Promise<void> {
    const running = this.#running;
    if (running?.killed === true) await running.process.ended;
  }

  /** Stops; the job that runs waits in the queue for whoever runs jobs next. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#timer !== null) clearInterval(this.#timer);
    const running = this.#running;
    if (running !== null) {
      running.process.kill();
      const ended = await running.process.ended;
      try {
        if (running.outcome !== null) this.#finish(running, ended);
        else this.parts.queue.again(running.id, null);
      } catch {
        // What cannot be written down now is begun again by whoever runs jobs next.
      }
      running.log.close();
    }
    this.#lock?.release();
    this.#lock = null;
  }

  #lead(): void {
    if (this.#lock !== null) return;
    this.#lock = tryLock(join(this.parts.folder, 'jobs', 'runner.lock'));
    if (this.#lock !== null) this.parts.queue.recover();
  }

  #beginNext(): void {
    const { queue, folder, shipped } = this.parts;
    const job = queue.next();
    if (job === null || !queue.begin(job.id)) return;
    const log = new JobLog(folder, job.id);
    log.line(job.attempts === 0 ? `begun: ${JSON.stringify(job.spec)}` : 'begun again');
    const process = this.#start(job.id);
    if (process === null) return;
    const running: Running = {
      id: job.id,
      process,
      log,
      held: false,
      share: 1,
      killed: false,
      outcome: null,
      output: '',
      ended: null,
      told: 0,
    };
    this.#running = running;
    process.onMessage((message) => {
      try {
        this.#hear(running, message);
      } catch {
        // The database is busy or the disk full: the next progress is told again, the end is kept until it is written.
      }
    });
    process.onOutput((text) => {
      running.output = (running.output + text).slice(-TAIL);
      log.raw(text);
    });
    void process.ended.then((ended) => {
      running.ended = ended;
      this.look();
    });
    this.#pace(running);
    process.post({ type: 'begin', task: { job: job.id, spec: job.spec, folder, shipped } });
    this.#changed();
  }

  /** Null, and the job has failed, when the system starts no process. */
  #start(id: number): JobProcess | null {
    try {
      return this.parts.start();
    } catch (error) {
      this.parts.queue.failed(id, `its process could not be started: ${(error as Error).message}`);
      this.#changed();
      return null;
    }
  }

  #steer(running: Running): void {
    const { queue } = this.parts;
    const state = queue.find(running.id)?.state ?? 'cancelled';
    if (state === 'cancelled') {
      running.killed = true;
      running.process.kill();
    } else if (state === 'paused' && !running.held) {
      running.held = true;
      running.log.line('paused');
      running.process.post({ type: 'hold' });
    } else if (state === 'queued' && running.held) {
      running.held = false;
      running.log.line('resumed');
      running.process.post({ type: 'goOn' });
      queue.goOn(running.id);
      this.#changed();
    }
    this.#pace(running);
  }

  #pace(running: Running): void {
    const share = this.parts.share?.() ?? 1;
    if (share === running.share) return;
    running.share = share;
    running.process.post({ type: 'share', share });
  }

  #hear(running: Running, message: FromJob): void {
    const { queue } = this.parts;
    switch (message.type) {
      case 'progress':
        if (Date.now() - running.told < PROGRESS_EVERY) return;
        running.told = Date.now();
        queue.setProgress(running.id, paced(message.progress, running.share));
        break;
      case 'point':
        queue.addPoint(running.id, message.point);
        break;
      case 'log':
        running.log.line(message.line);
        return;
      case 'rate':
        queue.setRate(message.what, message.perSecond);
        return;
      case 'done':
      case 'failed':
        running.outcome = message;
        return;
      default:
        message satisfies never;
    }
    this.#changed();
  }

  /** Writes down how it ended; what cannot be written now is tried again at the next look. */
  #finish(running: Running, ended: Ended): void {
    const { queue } = this.parts;
    const { id, log, outcome } = running;
    const job: Job | null = queue.find(id);
    if (job === null || running.killed) log.line('cancelled');
    else if (outcome?.type === 'done') {
      log.line('done');
      queue.done(id, outcome.result);
    } else if (outcome?.type === 'failed') {
      log.line(`failed: ${outcome.fault}`);
      queue.failed(id, outcome.fault);
    } else this.#died(job, log, whyItDied(ended, running.output));
    log.close();
    if (job === null) JobLog.remove(this.parts.folder, id);
    const now = queue.find(id)?.state;
    if (now !== 'queued' && now !== 'paused')
      rmSync(copiesIn(this.parts.folder, id), { recursive: true, force: true });
    this.#running = null;
    this.#changed();
    setImmediate(() => {
      this.look();
    });
  }

  #died(job: Job, log: JobLog, why: string): void {
    const { queue } = this.parts;
    if (job.attempts >= MOST_ATTEMPTS) {
      log.line(`failed: ${why}`);
      queue.failed(job.id, `${why} (begun ${String(job.attempts)} times)`);
      return;
    }
    log.line(`${why}; it goes on from its last checkpoint`);
    this.#notBefore = Date.now() + (this.parts.restAfterDeath ?? REST);
    queue.again(job.id, why);
  }

  #changed(): void {
    this.parts.onChange?.();
  }
}

/** A rest of all its time is a short one, of which nothing is told. */
const paced = (progress: JobProgress, share: number): JobProgress =>
  share > 0 && share < 1 ? { ...progress, pace: share } : progress;
