/** Faces as they lie in the database, and the questions that pages ask of it. */
import * as v from 'valibot';
import { reviewFilterSchema } from '../api';
import type { MaskClass, ReviewFace, ReviewFilter, ReviewLabel, ReviewReason } from '../api';
import { bounds } from '../store/statistics';

export const DAY_MS = 86_400_000;

export interface FaceRow {
  id: number;
  at: number;
  visit: string;
  reason: ReviewReason;
  correct: number;
  incorrect: number;
  none: number;
  guess: MaskClass;
  label: ReviewLabel | null;
  /** 1 or 0 once its visit has a class, null until then. */
  holdout: number | null;
}

export const toFace = (row: FaceRow, days: number): ReviewFace => ({
  id: row.id,
  at: new Date(row.at).toISOString(),
  expires: new Date(row.at + days * DAY_MS).toISOString(),
  visit: row.visit,
  reason: row.reason,
  guess: row.guess,
  probabilities: { correct: row.correct, incorrect: row.incorrect, none: row.none },
  label: row.label,
  holdout: row.holdout === 1,
});

const STATES = {
  all: '1',
  waiting: 'label IS NULL',
  done: "label IS NOT NULL AND label <> 'skipped'",
  skipped: "label = 'skipped'",
};
const ORDERS = {
  newest: 'at DESC, id DESC',
  oldest: 'at, id',
  unsure: 'MAX(correct, incorrect, none), id',
};

/** A filter as SQL: values go in as parameters, all else is ours. */
export function queryOf(filter: ReviewFilter) {
  const { state, label, guess, reason, corrected, from, to, order, offset, limit } = v.parse(
    reviewFilterSchema,
    filter,
  );
  const clauses = [STATES[state]];
  const values: unknown[] = [];
  const add = (clause: string, ...given: unknown[]): void => {
    clauses.push(clause);
    values.push(...given);
  };
  if (label !== undefined) add('label = ?', label);
  if (guess !== undefined) add('guess = ?', guess);
  if (reason !== undefined) add('reason = ?', reason);
  if (corrected === true) add("label IS NOT NULL AND label <> 'skipped' AND label <> guess");
  if (corrected === false) add('label = guess');
  if (from !== undefined) add('at >= ?', bounds({ from, to: from })[0]);
  if (to !== undefined) add('at < ?', bounds({ from: to, to })[1]);
  return { where: `WHERE ${clauses.join(' AND ')}`, values, order: ORDERS[order], offset, limit };
}
