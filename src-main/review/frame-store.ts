/**
 * The whole pictures kept for review: rows in SQLite, pictures as JPEG in a folder of their own. Like faces they leave by
 * their age, and what is deleted is gone (secure_delete is the faces' store's to turn on).
 */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Face, MarkedFace, ReviewFrame } from '../api';
import type { Box } from '../geometry';
import { atOnce, isFull, single, type Db } from '../store/database';
import { proposed, type BothLooks } from './both-ways';
import { DAY_MS } from './rows';

/** Pictures kept at most: each shows more than a face, and the comparison needs no more. */
export const MOST_FRAMES = 150;

/** Milliseconds in which what is being written is there whole. */
const SETTLING = 60_000;

export interface NewFrame {
  /** Milliseconds since the epoch. */
  at: number;
  width: number;
  height: number;
  /** Where the page's detector looked, and what it found, in pixels of the picture. */
  regions: Box[];
  faces: Face[];
  looks: BothLooks;
  jpeg: Buffer;
}

interface FrameRow {
  id: number;
  at: number;
  width: number;
  height: number;
  regions: string;
  faces: string;
  looks: string;
  truth: string | null;
}

/** A reviewed picture, for the comparison. */
export interface ReviewedFrame extends Pick<NewFrame, 'regions' | 'faces' | 'looks'> {
  id: number;
  truth: MarkedFace[];
  /** Path of its JPEG. */
  file: string;
}

// Written by this file alone, from what was checked when it came in.
const parsed = <T>(text: string): T => JSON.parse(text) as T;

export class FrameStore {
  readonly #pictures: string;

  /** @param folder for settings, models, jobs and review @param days until a picture is deleted */
  constructor(
    private readonly db: Db,
    folder: string,
    private readonly days: () => number,
  ) {
    this.#pictures = join(folder, 'review-frames');
    this.#reconcile();
  }

  /** @throws Error when it cannot be written; then nothing is kept */
  keep({ at, width, height, regions, faces, looks, jpeg }: NewFrame): void {
    mkdirSync(this.#pictures, { recursive: true, mode: 0o700 });
    const { lastInsertRowid } = this.db
      .prepare(
        'INSERT INTO frames (at, width, height, regions, faces, looks, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)',
      )
      .run(
        at,
        width,
        height,
        JSON.stringify(regions),
        JSON.stringify(faces),
        JSON.stringify(looks),
        jpeg.length,
      );
    const id = Number(lastInsertRowid);
    try {
      writeFileSync(this.#file(id), jpeg, { mode: 0o600 });
    } catch (error) {
      this.delete([id]);
      throw error;
    }
  }

  list(): ReviewFrame[] {
    const rows = this.db
      .prepare('SELECT * FROM frames ORDER BY truth IS NOT NULL, at DESC, id DESC')
      .all() as FrameRow[];
    return rows.map(({ id, at, width, height, looks, truth }) => ({
      ...{ id, width, height },
      at: new Date(at).toISOString(),
      expires: new Date(at + this.days() * DAY_MS).toISOString(),
      faces: truth === null ? proposed(parsed<BothLooks>(looks)) : parsed<MarkedFace[]>(truth),
      reviewed: truth !== null,
    }));
  }

  async picture(id: number): Promise<Uint8Array | null> {
    return readFile(this.#file(id)).then(
      (jpeg) => new Uint8Array(jpeg),
      () => null,
    );
  }

  mark(id: number, truth: MarkedFace[] | null): void {
    this.db
      .prepare('UPDATE frames SET truth = ? WHERE id = ?')
      .run(truth === null ? null : JSON.stringify(truth), id);
  }

  counts(): { waiting: number; done: number; bytes: number; oldest: number | null } {
    const of = (what: string): unknown => single(this.db, `SELECT ${what} FROM frames`);
    const oldest = of('MIN(at)');
    return {
      waiting: Number(of('COUNT(*) - COUNT(truth)')),
      done: Number(of('COUNT(truth)')),
      bytes: Number(of('COALESCE(SUM(bytes), 0)')),
      oldest: typeof oldest === 'number' ? oldest : null,
    };
  }

  reviewed(): ReviewedFrame[] {
    const rows = this.db
      .prepare('SELECT * FROM frames WHERE truth IS NOT NULL ORDER BY id')
      .all() as (FrameRow & { truth: string })[];
    return rows.map(({ id, regions, faces, looks, truth }) => ({
      id,
      regions: parsed<Box[]>(regions),
      faces: parsed<Face[]>(faces),
      looks: parsed<BothLooks>(looks),
      truth: parsed<MarkedFace[]>(truth),
      file: this.#file(id),
    }));
  }

  /** Takes what other networks than before found. */
  lookedAgain(id: number, looks: BothLooks): void {
    this.db.prepare('UPDATE frames SET looks = ? WHERE id = ?').run(JSON.stringify(looks), id);
  }

  /** Gives up one that nobody has reviewed, by chance, so that what stays is a sample still. @returns whether there was one */
  giveUpOne(): boolean {
    const id = single(this.db, 'SELECT id FROM frames WHERE truth IS NULL ORDER BY RANDOM() LIMIT 1');
    if (typeof id !== 'number') return false;
    this.delete([id]);
    return true;
  }

  /**
   * Gives up the oldest for a full disk, first those that nobody has worked on. The pictures go first: a full disk may have
   * no room to write down that their rows are gone, and those that stay are found out at the next start.
   * @returns whether there were any
   */
  giveUp(count: number): boolean {
    const ids = this.db
      .prepare('SELECT id FROM frames ORDER BY truth IS NOT NULL, at')
      .pluck()
      .all() as number[];
    const oldest = ids.filter((id) => existsSync(this.#file(id))).slice(0, count);
    try {
      this.delete(oldest);
    } catch (error) {
      if (!isFull(error)) throw error;
    }
    return oldest.length > 0;
  }

  /** Deletes what is too old. @returns whether anything was */
  expire(now = Date.now()): boolean {
    const before = now - this.days() * DAY_MS;
    const ids = this.db.prepare('SELECT id FROM frames WHERE at < ?').pluck().all(before) as number[];
    if (ids.length > 0) this.delete(ids);
    return ids.length > 0;
  }

  delete(ids: readonly number[]): void {
    for (const id of ids) rmSync(this.#file(id), { force: true });
    const remove = this.db.prepare('DELETE FROM frames WHERE id = ?');
    atOnce(this.db, () => {
      for (const id of ids) remove.run(id);
    });
  }

  /** Deletes every picture and row; what the database's file still holds of them goes with the faces' (ReviewStore). */
  deleteAll(): void {
    rmSync(this.#pictures, { recursive: true, force: true });
    this.db.exec('DELETE FROM frames');
  }

  #file(id: number): string {
    return join(this.#pictures, `${String(id)}.jpg`);
  }

  /** A crash may have left a picture without a row, or a row without a picture. */
  #reconcile(): void {
    if (single(this.db, "SELECT file FROM pragma_database_list WHERE name = 'main'") === '') return;
    const before = Date.now() - SETTLING;
    const rows = this.db.prepare('SELECT id, at FROM frames').all() as { id: number; at: number }[];
    const ids = new Set(rows.map(({ id }) => id));
    for (const name of listed(this.#pictures)) {
      const path = join(this.#pictures, name);
      const isLost = !ids.has(Number(/^(\d+)\.jpg$/.exec(name)?.[1] ?? NaN));
      if (isLost && (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) < before)
        rmSync(path, { force: true });
    }
    const bare = rows.filter(({ id, at }) => at < before && !existsSync(this.#file(id)));
    if (bare.length > 0) this.delete(bare.map(({ id }) => id));
  }
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // Nothing was kept yet.
  }
}
