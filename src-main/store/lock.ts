/**
 * A lock between processes that dies with its holder: an exclusive transaction on an empty SQLite file, which the
 * system takes back from a process however that ended. No clock, no process id that another process may get.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'libsql';

export interface Lock {
  release(): void;
}

/**
 * @param path of the lock's own file, which is made where there is none
 * @returns null when another process, or this one, holds it
 * @throws Error when the file cannot be made
 */
export function tryLock(path: string): Lock | null {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const db = new Database(path, { timeout: 0 });
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (/SQLITE_(BUSY|LOCKED)/.test((error as { code?: string }).code ?? '')) return null;
    throw error;
  }
  return {
    release: () => {
      db.exec('ROLLBACK');
      db.close();
    },
  };
}

/** Milliseconds between two tries. */
const TRY_EVERY = 100;

/**
 * Takes a lock as soon as it can be had.
 * @throws Error when it cannot be had within `patience` milliseconds
 */
export async function takeLock(path: string, patience: number): Promise<Lock> {
  for (let waited = 0; ; waited += TRY_EVERY) {
    const lock = tryLock(path);
    if (lock !== null) return lock;
    if (waited >= patience) throw new Error(`another process holds ${path}`);
    await wait(TRY_EVERY);
  }
}
