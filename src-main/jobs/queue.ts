/**
 * The queue of jobs and their history, in SQLite: what every window, the tray and the command line add to and give
 * orders in, whichever process they are in. It says what is to be; runner.ts makes it so.
 */
import * as v from 'valibot';
import { jobSpecSchema } from '../api';
import type { CurvePoint, Job, JobOrder, JobProgress, JobRequest, JobResult, JobState } from '../api';
import { single, type Db } from '../store/database';
import { checkJob } from './check';

interface Row {
  id: number;
  spec: string;
  state: JobState;
  added: number;
  began: number | null;
  ended: number | null;
  progress: string | null;
  fault: string | null;
  result: string | null;
  attempts: number;
}

/** Jobs that are listed; older ones stay in the file. */
const MOST_LISTED = 200;
const COLUMNS = 'id, spec, state, added, began, ended, progress, fault, result, attempts';

/** In which states a job can be given an order, and what it is then; removed ones have no state. */
const ORDERS: Record<JobOrder, { from: readonly JobState[]; to: JobState | null; past: string }> = {
  pause: { from: ['queued', 'running'], to: 'paused', past: 'paused' },
  resume: { from: ['paused'], to: 'queued', past: 'resumed' },
  cancel: { from: ['queued', 'running', 'paused'], to: 'cancelled', past: 'cancelled' },
  retry: { from: ['failed', 'cancelled'], to: 'queued', past: 'tried again' },
  remove: { from: ['done', 'failed', 'cancelled'], to: null, past: 'removed' },
};

const isoOrNull = (time: number | null): string | null =>
  time === null ? null : new Date(time).toISOString();
// What is in these columns was checked, or made by us, before it was written.
const parsed = <T>(text: string | null): T | null => (text === null ? null : (JSON.parse(text) as T));

const toJob = (row: Row): Job => ({
  id: row.id,
  spec: v.parse(jobSpecSchema, JSON.parse(row.spec)),
  state: row.state,
  added: new Date(row.added).toISOString(),
  began: isoOrNull(row.began),
  ended: isoOrNull(row.ended),
  progress: parsed<JobProgress>(row.progress),
  fault: row.fault,
  result: parsed<JobResult>(row.result),
  attempts: row.attempts,
});

export class JobQueue {
  #seen = -1;
  #changed = true;

  constructor(private readonly db: Db) {}

  /** Whether anything may have changed since this was last asked, by whichever process. */
  get changed(): boolean {
    // It counts what other connections wrote, this one's own writing is noted beside it.
    const version = Number(single(this.db, 'PRAGMA data_version'));
    const changed = this.#changed || version !== this.#seen;
    this.#seen = version;
    this.#changed = false;
    return changed;
  }

  /** Newest first. */
  list(): Job[] {
    return this.#rows(`ORDER BY added DESC, id DESC LIMIT ${String(MOST_LISTED)}`).map(toJob);
  }

  /** @throws Error when there is none */
  get(id: number): Job {
    const [row] = this.#rows('WHERE id = ?', id);
    if (!row) throw new Error(`there is no job ${String(id)}`);
    return toJob(row);
  }

  find(id: number): Job | null {
    const [row] = this.#rows('WHERE id = ?', id);
    return row ? toJob(row) : null;
  }

  /** @throws Error in words when it asks for what cannot be */
  add(request: JobRequest): Job {
    const spec = v.parse(jobSpecSchema, request);
    checkJob(spec);
    const { lastInsertRowid } = this.#write('INSERT INTO jobs (spec, state, added) VALUES (?, ?, ?)', [
      JSON.stringify(spec),
      'queued',
      Date.now(),
    ]);
    return this.get(Number(lastInsertRowid));
  }

  /** @throws Error when there is no such job, or when this cannot be done to it as it is */
  order(id: number, order: JobOrder): void {
    const { from, to, past } = ORDERS[order];
    const states = from.map((state) => `'${state}'`).join(', ');
    const change = {
      pause: "state = 'paused'",
      resume: "state = 'queued'",
      cancel: `state = 'cancelled', ended = ${String(Date.now())}`,
      retry: `state = 'queued', added = ${String(Date.now())}, ended = NULL, fault = NULL, attempts = 0`,
      remove: '',
    }[order];
    const sql =
      to === null
        ? `DELETE FROM jobs WHERE id = ? AND state IN (${states})`
        : `UPDATE jobs SET ${change} WHERE id = ? AND state IN (${states})`;
    if (this.#write(sql, [id]).changes === 0)
      throw new Error(`job ${String(id)} is ${this.get(id).state} and cannot be ${past}`);
    if (to === null) this.#write('DELETE FROM job_points WHERE job = ?', [id]);
  }

  /** What is to run: the oldest that waits; null while there is none, or while one before it is paused. */
  next(): Job | null {
    const [row] = this.#rows("WHERE state IN ('queued', 'paused') ORDER BY added, id LIMIT 1");
    return row?.state === 'queued' ? toJob(row) : null;
  }

  /** Jobs that ran when whoever ran them died wait again. For the one that may run jobs. */
  recover(): void {
    this.#write("UPDATE jobs SET state = 'queued' WHERE state = 'running'", []);
  }

  /** @returns false when somebody took the job away meanwhile */
  begin(id: number): boolean {
    const sql = `UPDATE jobs SET state = 'running', progress = NULL, attempts = attempts + 1, began = COALESCE(began, ?)
                 WHERE id = ? AND state = 'queued'`;
    return this.#write(sql, [Date.now(), id]).changes > 0;
  }

  /** A process that was held goes on. */
  goOn(id: number): void {
    this.#write("UPDATE jobs SET state = 'running' WHERE id = ? AND state = 'queued'", [id]);
  }

  setProgress(id: number, progress: JobProgress): void {
    this.#write('UPDATE jobs SET progress = ? WHERE id = ?', [JSON.stringify(progress), id]);
  }

  addPoint(id: number, point: CurvePoint): void {
    this.#write('INSERT OR REPLACE INTO job_points (job, epoch, point) VALUES (?, ?, ?)', [
      id,
      point.epoch,
      JSON.stringify(point),
    ]);
  }

  points(id: number): CurvePoint[] {
    const rows = this.db.prepare('SELECT point FROM job_points WHERE job = ? ORDER BY epoch').all(id) as {
      point: string;
    }[];
    return rows.map(({ point }) => JSON.parse(point) as CurvePoint);
  }

  done(id: number, result: JobResult): void {
    this.#end(id, "state = 'done', fault = NULL, result = ?", JSON.stringify(result));
  }

  failed(id: number, fault: string): void {
    this.#end(id, "state = 'failed', fault = ?", fault);
  }

  /** It will be tried again; `fault` says why. Null where it was only stopped, with whoever ran it. */
  again(id: number, fault: string | null): void {
    const sql = "UPDATE jobs SET state = 'queued', fault = ? WHERE id = ? AND state IN ('running', 'queued')";
    this.#write(sql, [fault, id]);
  }

  /** How fast something went on this machine, for estimates; per second. */
  rate(what: string): number | null {
    const rate = single(this.db, 'SELECT per_second FROM rates WHERE what = ?', what);
    return typeof rate === 'number' ? rate : null;
  }

  setRate(what: string, perSecond: number): void {
    this.#write('INSERT OR REPLACE INTO rates VALUES (?, ?)', [what, perSecond]);
  }

  #end(id: number, change: string, value: string): void {
    // A cancelled one stays cancelled.
    const open = "state IN ('queued', 'running', 'paused')";
    this.#write(`UPDATE jobs SET ${change}, ended = ? WHERE id = ? AND ${open}`, [value, Date.now(), id]);
  }

  #rows(rest: string, ...values: unknown[]): Row[] {
    return this.db.prepare(`SELECT ${COLUMNS} FROM jobs ${rest}`).all(...values) as Row[];
  }

  #write(sql: string, values: unknown[]) {
    this.#changed = true;
    return this.db.prepare(sql).run(...values);
  }
}
