/**
 * The SQLite file that counts, jobs and review are kept in (libsql, write-ahead log). It never stops the watching:
 * a file that cannot be used is set aside, and where none can be had the app goes on in memory, and says so.
 */
import { mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'libsql';

export type Db = Database.Database;

/** What turns each version of the file into the next. Never changed once it shipped: a change is a new entry. */
const MIGRATIONS = [
  `CREATE TABLE intervals (
     start INTEGER PRIMARY KEY,
     correct INTEGER NOT NULL, incorrect INTEGER NOT NULL, none INTEGER NOT NULL,
     put_right INTEGER NOT NULL, waits INTEGER NOT NULL, wait_ms INTEGER NOT NULL, watched_ms INTEGER NOT NULL
   );
   CREATE TABLE verdicts (at INTEGER NOT NULL, verdict TEXT NOT NULL, before TEXT);
   CREATE INDEX verdicts_at ON verdicts (at);
   CREATE TABLE jobs (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     spec TEXT NOT NULL, state TEXT NOT NULL, wish TEXT,
     added INTEGER NOT NULL, began INTEGER, ended INTEGER,
     progress TEXT, fault TEXT, result TEXT, attempts INTEGER NOT NULL DEFAULT 0
   );
   CREATE TABLE job_points (
     job INTEGER NOT NULL, epoch INTEGER NOT NULL, point TEXT NOT NULL, PRIMARY KEY (job, epoch)
   );
   CREATE TABLE runner (one INTEGER PRIMARY KEY CHECK (one = 1), pid INTEGER NOT NULL, at INTEGER NOT NULL);
   CREATE TABLE rates (what TEXT PRIMARY KEY, per_second REAL NOT NULL);
   CREATE TABLE faces (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     at INTEGER NOT NULL, visit TEXT NOT NULL, reason TEXT NOT NULL, model TEXT NOT NULL, quality REAL NOT NULL,
     correct REAL NOT NULL, incorrect REAL NOT NULL, none REAL NOT NULL, guess TEXT NOT NULL,
     label TEXT, signature BLOB NOT NULL, bytes INTEGER NOT NULL
   );
   CREATE INDEX faces_at ON faces (at);`,
  // The runner's lock is a file of its own. A visit's faces are for the holdout (1), for training (0) or not placed yet.
  `DROP TABLE runner;
   ALTER TABLE faces ADD COLUMN holdout INTEGER;
   CREATE INDEX faces_visit ON faces (visit);
   CREATE TABLE label_steps (step INTEGER NOT NULL, face INTEGER NOT NULL, before TEXT);`,
  // Single verdicts are a log: written once, never changed, and they leave it by their age alone (statistics.ts).
  `CREATE TABLE retention (one INTEGER PRIMARY KEY CHECK (one = 1), before INTEGER NOT NULL);
   INSERT INTO retention VALUES (1, 0);
   CREATE TRIGGER verdicts_unchanged BEFORE UPDATE ON verdicts
     BEGIN SELECT RAISE(ABORT, 'a verdict that was written is not changed'); END;
   CREATE TRIGGER verdicts_kept BEFORE DELETE ON verdicts WHEN OLD.at >= (SELECT before FROM retention)
     BEGIN SELECT RAISE(ABORT, 'a verdict leaves the log by its age alone'); END;`,
  // Whole pictures of the review queue: what both ways of looking found in them, and (truth) what a person says.
  `CREATE TABLE frames (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     at INTEGER NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
     regions TEXT NOT NULL, faces TEXT NOT NULL, looks TEXT NOT NULL, truth TEXT, bytes INTEGER NOT NULL
   );`,
];

export interface OpenedDatabase {
  db: Db;
  /** What had to be done, in a sentence, or null. */
  notice: string | null;
}

/** The first column of a query's first row; undefined without one. (libsql's pluck works with `all` alone.) */
export const single = (db: Db, sql: string, ...values: unknown[]): unknown =>
  db
    .prepare(sql)
    .pluck()
    .all(...values)[0];

/**
 * Does some writing wholly or not at all.
 * @throws what the writing throws: libsql's own transaction hides a full disk behind a rollback that SQLite has done already
 */
export function atOnce(db: Db, write: () => void): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    write();
    db.exec('COMMIT');
  } catch (error) {
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** Milliseconds to wait for another process that is writing: the watch waits too, and what was not written is tried again. */
const BUSY_MS = 500;
/** The same where the file is opened: nothing waits for it yet, and who gives up keeps nothing until maskwatch ends. */
const OPENING_MS = 10_000;

/** @throws Error when the file is no database of this or an earlier version, or cannot be opened */
function open(path: string): Db {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const db = new Database(path, { timeout: OPENING_MS });
  try {
    try {
      db.pragma('journal_mode = WAL');
    } catch (error) {
      // A file that is there can be read, and written to as soon as there is room.
      if (!isFull(error)) throw error;
    }
    db.pragma('synchronous = NORMAL');
    const check = single(db, 'PRAGMA quick_check(1)');
    if (check !== 'ok') throw new Error(`it is damaged: ${String(check).replace(/\s*\n\s*/g, ' ')}`);
    migrate(db);
    db.pragma(`busy_timeout = ${String(BUSY_MS)}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function migrate(db: Db): void {
  if (Number(single(db, 'PRAGMA user_version')) === MIGRATIONS.length) return;
  db.transaction(() => {
    const version = Number(single(db, 'PRAGMA user_version'));
    if (version > MIGRATIONS.length) throw new Error('a newer maskwatch wrote it');
    for (const step of MIGRATIONS.slice(version)) db.exec(step);
    db.pragma(`user_version = ${String(MIGRATIONS.length)}`);
  }).immediate();
}

/** Whether there was no room on the disk for it. */
export const isFull = (error: unknown): boolean =>
  /^(SQLITE_FULL|ENOSPC|EDQUOT)$/.test((error as { code?: string } | null)?.code ?? '');

/** SQLite's codes for a file that will not get better by waiting. */
const HOPELESS = /SQLITE_NOTADB|SQLITE_CORRUPT/;

const isHopeless = (error: unknown): boolean =>
  error instanceof Error &&
  (HOPELESS.test((error as { code?: string }).code ?? '') || /damaged|newer maskwatch/.test(error.message));

/**
 * Opens the database; never fails.
 * @param path of the file, or `:memory:`
 */
export function openDatabase(path: string): OpenedDatabase {
  try {
    return { db: open(path), notice: null };
  } catch (error) {
    const why = (error as Error).message;
    if (isHopeless(error)) {
      const aside = `${path}.broken-${new Date().toISOString().replaceAll(':', '-')}`;
      try {
        for (const suffix of ['', '-wal', '-shm']) moveIfThere(path + suffix, aside + suffix);
        return {
          db: open(path),
          notice: `the database ${path} cannot be used (${why}): it was set aside as ${aside}, and a new one begun`,
        };
      } catch {
        // What follows says that nothing is kept.
      }
    }
    return {
      db: open(':memory:'),
      notice: `the database ${path} cannot be used (${why}): statistics, jobs and review last only until maskwatch ends`,
    };
  }
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
