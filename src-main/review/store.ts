/**
 * The faces kept for review: rows in SQLite, pictures as PNG in a folder beside. What is deleted is gone: the file
 * unlinked, the row overwritten.
 */
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MASK_CLASSES, noCounts } from '../api';
import type {
  MaskClass,
  Probabilities,
  ReviewCounts,
  ReviewCrop,
  ReviewFace,
  ReviewFilter,
  ReviewLabel,
  ReviewPage,
  ReviewReason,
} from '../api';
import { atOnce, isFull, single, type Db } from '../store/database';
import { isHoldout } from './holdout';
import { DAY_MS, queryOf, toFace, type FaceRow } from './rows';
import { UndoSteps } from './undo';

/** A face as it is to be kept. */
export interface NewFace {
  /** Milliseconds since the epoch. */
  at: number;
  visit: string;
  reason: ReviewReason;
  /** Name of the model that judged it. */
  model: string;
  /** What the look was worth, 0 to 1. */
  quality: number;
  probabilities: Probabilities;
  png: Buffer;
  /** What says how alike two faces look: a vector of unit length. */
  signature: Float32Array;
}

/** A face that can be learnt from or measured on. */
export interface ReviewedFace {
  id: number;
  visit: string;
  label: ReviewLabel | null;
  guess: MaskClass;
  holdout: boolean;
  /** Path of its PNG. */
  file: string;
}

export interface ReviewSettings {
  on: boolean;
  /** Days until a face is deleted. */
  days: number;
}

/** Milliseconds in which what is being written is there whole. */
const SETTLING = 60_000;

const likeliest = (p: Probabilities): MaskClass =>
  MASK_CLASSES.reduce((best, name) => (p[name] > p[best] ? name : best));

export class ReviewStore {
  readonly #pictures: string;
  readonly #undo: UndoSteps;
  /** Faces whose picture is gone already, and whose row the full disk did not let go. */
  readonly #givenUp = new Set<number>();

  /** @param folder for settings, models, jobs and review */
  constructor(
    private readonly db: Db,
    private readonly folder: string,
    private readonly settings: () => ReviewSettings,
  ) {
    this.#pictures = join(folder, 'review');
    this.#undo = new UndoSteps(db);
    // What is deleted is overwritten, not only unlinked from the tables.
    db.pragma('secure_delete = ON');
    this.#reconcile();
  }

  /** @returns its id @throws Error when it cannot be written; then nothing is kept */
  keep({ probabilities, png, signature, ...face }: NewFace): number {
    mkdirSync(this.#pictures, { recursive: true, mode: 0o700 });
    const { at, visit, reason, model, quality } = face;
    const { correct, incorrect, none } = probabilities;
    const { lastInsertRowid } = this.db
      .prepare(
        `INSERT INTO faces (at, visit, reason, model, quality, correct, incorrect, none, guess, signature, bytes, holdout)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT holdout FROM faces WHERE visit = ? AND holdout IS NOT NULL LIMIT 1))`,
      )
      .run(
        at,
        visit,
        reason,
        model,
        quality,
        correct,
        incorrect,
        none,
        likeliest(probabilities),
        Buffer.from(signature.buffer, signature.byteOffset, signature.byteLength),
        png.length,
        visit,
      );
    const id = Number(lastInsertRowid);
    try {
      writeFileSync(this.file(id), png, { mode: 0o600 });
    } catch (error) {
      // Half a picture on a full disk is only in the way.
      rmSync(this.file(id), { force: true });
      this.db.prepare('DELETE FROM faces WHERE id = ?').run(id);
      throw error;
    }
    return id;
  }

  /** Path of a face's picture. */
  file(id: number): string {
    return pictureIn(this.folder, id);
  }

  page(filter: ReviewFilter): ReviewPage {
    const { where, values, order, limit, offset } = queryOf(filter);
    const rows = this.db
      .prepare(`SELECT * FROM faces ${where} ORDER BY ${order} LIMIT ? OFFSET ?`)
      .all(...values, limit, offset) as FaceRow[];
    const total = Number(single(this.db, `SELECT COUNT(*) FROM faces ${where}`, ...values));
    const { days } = this.settings();
    return { faces: rows.map((row) => toFace(row, days)), total };
  }

  /** Those that are still there, in the order asked for. */
  async crops(ids: readonly number[]): Promise<ReviewCrop[]> {
    const read = ids.map(async (id) => {
      const png = await readFile(this.file(id)).catch(() => null);
      return png === null ? [] : [{ id, png: new Uint8Array(png) }];
    });
    return (await Promise.all(read)).flat();
  }

  /** @param label null takes it away */
  label(ids: readonly number[], label: ReviewLabel | null): void {
    this.db.transaction(() => {
      this.#undo.note(ids);
      const set = this.db.prepare('UPDATE faces SET label = ? WHERE id = ?');
      for (const id of ids) {
        set.run(label, id);
        if (label !== null && label !== 'skipped') this.#place(id, label);
      }
    })();
  }

  /** Takes the last labelling back. @returns the faces as they are then */
  undo(): ReviewFace[] {
    const ids = this.#undo.takeBack();
    if (ids.length === 0) return [];
    const rows = this.db.prepare(`SELECT * FROM faces WHERE id IN (${ids.join(', ')})`).all() as FaceRow[];
    return rows.map((row) => toFace(row, this.settings().days));
  }

  /** Of the faces alone. */
  counts(): Omit<ReviewCounts, 'frames'> {
    const rows = this.db
      .prepare('SELECT label, COUNT(*) AS n, SUM(bytes) AS bytes FROM faces GROUP BY label')
      .all() as { label: ReviewLabel | null; n: number; bytes: number }[];
    const of = (label: ReviewLabel | null): number => rows.find((row) => row.label === label)?.n ?? 0;
    const done = noCounts();
    for (const name of MASK_CLASSES) done[name] = of(name);
    const oldest = single(this.db, 'SELECT MIN(at) FROM faces');
    const { on, days } = this.settings();
    return {
      on,
      waiting: of(null),
      done,
      skipped: of('skipped'),
      bytes: rows.reduce((sum, { bytes }) => sum + bytes, 0),
      nextExpiry: typeof oldest === 'number' ? new Date(oldest + days * DAY_MS).toISOString() : null,
      undoable: this.#undo.count,
    };
  }

  /** How many faces with a class are learnt from, and how many are kept for the comparison. */
  divided(): { learn: number; holdout: number } {
    const of = (holdout: number): number =>
      Number(
        single(
          this.db,
          "SELECT COUNT(*) FROM faces WHERE label IS NOT NULL AND label <> 'skipped' AND holdout = ?",
          holdout,
        ),
      );
    return { learn: of(0), holdout: of(1) };
  }

  /** All that training and comparing need, in order of id. */
  reviewed(): ReviewedFace[] {
    return reviewedIn(this.db, (id) => this.file(id));
  }

  /** The faces without a class, for choosing which of them to keep. */
  unlabelled(): { id: number; visit: string; signature: Float32Array }[] {
    const rows = this.db
      .prepare("SELECT id, visit, signature FROM faces WHERE label IS NULL OR label = 'skipped'")
      .all() as { id: number; visit: string; signature: Buffer }[];
    return rows.map(({ id, visit, signature }) => ({
      id,
      visit,
      signature: new Float32Array(new Uint8Array(signature).buffer),
    }));
  }

  get size(): number {
    return Number(single(this.db, 'SELECT COUNT(*) FROM faces'));
  }

  delete(ids: readonly number[]): void {
    const remove = this.db.prepare('DELETE FROM faces WHERE id = ?');
    atOnce(this.db, () => {
      for (const id of ids) remove.run(id);
      this.#undo.forget(ids);
    });
    for (const id of ids) rmSync(this.file(id), { force: true });
  }

  /**
   * Gives up the oldest faces for a full disk: those without a class first, as nobody has worked on them. The pictures go
   * first, since a full disk has no room to write down that their rows are gone; rows that stay go the next time.
   * @returns false when there is none left
   */
  giveUp(count: number): boolean {
    const unplaced = "CASE WHEN label IS NULL OR label = 'skipped' THEN 0 ELSE 1 END";
    const ids = this.db
      .prepare(
        `SELECT id FROM faces WHERE id NOT IN (${[...this.#givenUp].join(', ')}) ORDER BY ${unplaced}, at LIMIT ?`,
      )
      .pluck()
      .all(count) as number[];
    for (const id of ids) {
      rmSync(this.file(id), { force: true });
      this.#givenUp.add(id);
    }
    try {
      this.delete([...this.#givenUp]);
      this.#givenUp.clear();
    } catch (error) {
      if (!isFull(error)) throw error;
    }
    return ids.length > 0;
  }

  /** Deletes what is too old. @returns ids of what is gone */
  expire(now = Date.now()): number[] {
    const before = now - this.settings().days * DAY_MS;
    const ids = this.db.prepare('SELECT id FROM faces WHERE at < ?').pluck().all(before) as number[];
    if (ids.length > 0) this.delete(ids);
    return ids;
  }

  /** Deletes every picture and every trace of one in the database's file. @throws Error when something is left */
  deleteAll(): void {
    this.db.transaction(() => {
      this.db.exec('DELETE FROM faces');
      this.#undo.clear();
    })();
    rmSync(this.#pictures, { recursive: true, force: true });
    this.db.exec('VACUUM');
    // What the write-ahead log still holds goes with it.
    this.db.pragma('wal_checkpoint(TRUNCATE)');
  }

  /** A visit goes to training or to the holdout, as a whole, when the first of its faces gets a class. */
  #place(id: number, label: MaskClass): void {
    const row = this.db.prepare('SELECT visit, holdout FROM faces WHERE id = ?').all(id)[0] as
      Pick<FaceRow, 'visit' | 'holdout'> | undefined;
    if (row?.holdout !== null) return;
    const [learnt, held] = [0, 1].map((holdout) =>
      Number(single(this.db, 'SELECT COUNT(*) FROM faces WHERE label = ? AND holdout = ?', label, holdout)),
    ) as [number, number];
    this.db
      .prepare('UPDATE faces SET holdout = ? WHERE visit = ?')
      .run(isHoldout(learnt, held) ? 1 : 0, row.visit);
  }

  /**
   * A crash may have left a picture without a row, or a row without a picture. What is newer than a moment may be
   * another process's that is just being written; without the database's file nothing is known of any picture.
   */
  #reconcile(): void {
    const before = Date.now() - SETTLING;
    if (single(this.db, "SELECT file FROM pragma_database_list WHERE name = 'main'") === '') return;
    const rows = this.db.prepare('SELECT id, at FROM faces').all() as { id: number; at: number }[];
    const ids = new Set(rows.map(({ id }) => id));
    const pictures = new Set<number>();
    for (const name of listed(this.#pictures)) {
      const id = Number(/^(\d+)\.png$/.exec(name)?.[1] ?? NaN);
      const path = join(this.#pictures, name);
      pictures.add(id);
      if (!ids.has(id) && (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) < before)
        rmSync(path, { force: true });
    }
    const bare = rows.filter(({ id, at }) => !pictures.has(id) && at < before).map(({ id }) => id);
    if (bare.length > 0) this.delete(bare);
  }
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // Nothing was kept yet.
  }
}

const pictureIn = (folder: string, id: number): string => join(folder, 'review', `${String(id)}.png`);

function reviewedIn(db: Db, file: (id: number) => string): ReviewedFace[] {
  const rows = db.prepare('SELECT id, visit, label, guess, holdout FROM faces ORDER BY id').all() as Pick<
    FaceRow,
    'id' | 'visit' | 'label' | 'guess' | 'holdout'
  >[];
  return rows.map(({ id, visit, label, guess, holdout }) => ({
    id,
    visit,
    label,
    guess,
    holdout: holdout === 1,
    file: file(id),
  }));
}

/** The faces that are kept, for a process that only reads. @param folder for settings, models, jobs and review */
export const keptFaces = (db: Db, folder: string): ReviewedFace[] =>
  reviewedIn(db, (id) => pictureIn(folder, id));
