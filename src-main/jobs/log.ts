/** A job's log: a text file in the job's folder, a line an event, with what the process itself wrote between. */
import { appendFileSync, closeSync, mkdirSync, openSync, readdirSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogPart } from '../api';

/** Bytes of a log; a process that writes more is not listened to any more. */
const MOST = 4_000_000;
/** Bytes of one part of it. */
const PART = 256_000;

export const jobFolder = (folder: string, id: number): string => join(folder, 'jobs', String(id));
const logPath = (folder: string, id: number): string => join(jobFolder(folder, id), 'log.txt');

export class JobLog {
  #file: number | null = null;
  #written = 0;

  constructor(folder: string, id: number) {
    try {
      mkdirSync(jobFolder(folder, id), { recursive: true, mode: 0o700 });
      this.#file = openSync(logPath(folder, id), 'a', 0o600);
    } catch {
      // A job without a log is still a job: its own writing fails with a reason, if it comes to that.
    }
  }

  line(text: string): void {
    this.raw(`${new Date().toISOString()} ${text}\n`);
  }

  raw(text: string): void {
    if (this.#file === null || this.#written > MOST) return;
    this.#written += text.length;
    try {
      appendFileSync(this.#file, text);
    } catch {
      // A full disk must not end the job for its log.
    }
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  /** Removes all that a job kept; models it made are elsewhere. */
  static remove(folder: string, id: number): void {
    rmSync(jobFolder(folder, id), { recursive: true, force: true });
  }
}

/** Where a job keeps copies of kept faces while it learns from them. */
export const copiesIn = (folder: string, id: number): string => join(jobFolder(folder, id), 'faces');

/** Removes the copies of kept faces that jobs made before a time, in milliseconds since the epoch. */
export function removeCopies(folder: string, before: number): void {
  let names: string[];
  try {
    names = readdirSync(join(folder, 'jobs'));
  } catch {
    return; // There were no jobs.
  }
  for (const name of names) {
    const copies = copiesIn(folder, Number(name));
    const made = statSync(copies, { throwIfNoEntry: false })?.mtimeMs;
    if (made !== undefined && made < before) rmSync(copies, { recursive: true, force: true });
  }
}

/** A part of a job's log from a byte on, in whole lines where there are any. @param from in bytes */
export async function readLog(folder: string, id: number, from: number): Promise<LogPart> {
  const file = await open(logPath(folder, id)).catch(() => null);
  if (file === null) return { text: '', next: from };
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(PART), 0, PART, from);
    const end = buffer.subarray(0, bytesRead).lastIndexOf(10) + 1;
    const whole = end > 0 ? end : bytesRead === PART ? PART : 0;
    return { text: buffer.toString('utf8', 0, whole), next: from + whole };
  } finally {
    await file.close();
  }
}
