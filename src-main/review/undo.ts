/** What labels were before each labelling, so that it can be taken back; also after a restart. */
import type { ReviewLabel } from '../api';
import { single, type Db } from '../store/database';

/** Labellings that can be taken back. */
const MOST = 200;

export class UndoSteps {
  constructor(private readonly db: Db) {}

  get count(): number {
    return Number(single(this.db, 'SELECT COUNT(DISTINCT step) FROM label_steps'));
  }

  /** Notes the labels of faces as they are, as one step. */
  note(ids: readonly number[]): void {
    const step = Number(single(this.db, 'SELECT COALESCE(MAX(step), 0) + 1 FROM label_steps'));
    const note = this.db.prepare(
      'INSERT INTO label_steps (step, face, before) SELECT ?, id, label FROM faces WHERE id = ?',
    );
    for (const id of new Set(ids)) note.run(step, id);
    this.db.prepare('DELETE FROM label_steps WHERE step <= ?').run(step - MOST);
  }

  /** Labels as they were before the last step. @returns the faces of it */
  takeBack(): number[] {
    return this.db.transaction(() => {
      const rows = this.db
        .prepare('SELECT face, before FROM label_steps WHERE step = (SELECT MAX(step) FROM label_steps)')
        .all() as { face: number; before: ReviewLabel | null }[];
      const set = this.db.prepare('UPDATE faces SET label = ? WHERE id = ?');
      for (const { face, before } of rows) set.run(before, face);
      this.db.exec('DELETE FROM label_steps WHERE step = (SELECT MAX(step) FROM label_steps)');
      return rows.map(({ face }) => face);
    })();
  }

  /** Deleted faces cannot be brought back by it. */
  forget(ids: readonly number[]): void {
    const remove = this.db.prepare('DELETE FROM label_steps WHERE face = ?');
    for (const id of ids) remove.run(id);
  }

  clear(): void {
    this.db.exec('DELETE FROM label_steps');
  }
}
