/** The methods by name, and how a list of them is read and put together. */
import { attention } from './attention';
import { bornAgain } from './born-again';
import { decoupled } from './decoupled';
import { labels } from './labels';
import { messy } from './messy';
import type { Method, Need, Piece } from './method';
import { mutual } from './mutual';
import { noisyTeacher } from './noisy-teacher';
import { patient } from './patient';
import { relational } from './relational';
import { selfTraining } from './self-training';
import { vanilla } from './vanilla';
import { virtualTeacher } from './virtual-teacher';

export const METHODS: readonly Method[] = [
  vanilla,
  patient,
  decoupled,
  attention,
  relational,
  mutual,
  noisyTeacher,
  virtualTeacher,
  messy,
  selfTraining,
  bornAgain,
  labels,
];

/**
 * Reads one method: `name`, or `name:setting=value,setting=value`.
 * @throws Error naming the method or setting that is unknown or out of its range
 */
export function readMethod(text: string): Piece {
  const [name, list = ''] = text.split(':', 2) as [string, string?];
  const found = METHODS.find((known) => known.name === name);
  if (!found)
    throw new Error(`there is no method ${name}; known are ${METHODS.map((known) => known.name).join(', ')}`);
  const values = Object.fromEntries(Object.entries(found.settings).map(([key, { value }]) => [key, value]));
  for (const pair of list.split(',').filter(Boolean)) {
    const [key, given] = pair.split('=', 2) as [string, string?];
    const setting = found.settings[key];
    if (!setting)
      throw new Error(`${name} has no setting ${key}; it has ${Object.keys(found.settings).join(', ')}`);
    const value = given ? Number(given) : NaN;
    if (!(value >= setting.from && value <= setting.to))
      throw new Error(
        `${name}: ${key} must be a number from ${setting.from} to ${setting.to}, not ${given ?? 'nothing'}`,
      );
    values[key] = value;
  }
  return { name, ...found.make(values) };
}

/** A recipe: pieces in the order they act, and what they come to together. */
export interface DistilRecipe {
  pieces: readonly Piece[];
  terms: NonNullable<Piece['terms']>;
  mixup: number;
  /** What it must be given; a teacher only where no piece is one. */
  needs: ReadonlySet<Need>;
}

/** Whether a network is asked, which may be asked about any picture. */
export const asksNetwork = ({ needs }: DistilRecipe): boolean => needs.has('teacher') || needs.has('peer');

/**
 * Puts methods together. Where none names a term of the loss, vanilla's are added; where some do, but none of them
 * of the labels or the teacher's answer, the labels'.
 * @throws Error naming the two that name one term, or that cannot be together
 */
export function combine(pieces: readonly Piece[]): DistilRecipe {
  const named = pieces.flatMap(({ terms }) => Object.keys(terms ?? {}));
  const isWhole = named.includes('labels') || named.includes('teacher');
  const all = isWhole ? pieces : [...pieces, readMethod(named.length > 0 ? 'labels' : 'vanilla')];
  const says = new Map<string, Piece>();
  for (const piece of all)
    for (const term of Object.keys(piece.terms ?? {})) {
      const other = says.get(term);
      if (other) throw new Error(`${other.name} and ${piece.name} each say the loss; name one of them`);
      says.set(term, piece);
    }
  const needs = new Set(all.flatMap((piece) => piece.needs ?? []));
  const standIn = all.find(({ isTeacher }) => isTeacher);
  if (standIn) {
    const looks = all.find((piece) => piece.needs?.includes('maps'));
    if (looks) throw new Error(`${looks.name} looks into a teacher, and ${standIn.name} is no network`);
    needs.delete('teacher');
  }
  return {
    pieces: all,
    terms: Object.assign({}, ...all.map(({ terms }) => terms)) as DistilRecipe['terms'],
    mixup: Math.max(...all.map(({ mixup }) => mixup ?? 0)),
    needs,
  };
}
