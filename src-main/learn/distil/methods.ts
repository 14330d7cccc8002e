/** The methods by name, and how a list of them is read and put together. */
import { decoupled } from './decoupled';
import { messy } from './messy';
import type { Method, Piece } from './method';
import { noisyTeacher } from './noisy-teacher';
import { patient } from './patient';
import { vanilla } from './vanilla';
import { virtualTeacher } from './virtual-teacher';

export const METHODS: readonly Method[] = [vanilla, patient, decoupled, noisyTeacher, messy, virtualTeacher];

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

/** A recipe: pieces in the order they act, of which exactly one says the loss. */
export interface DistilRecipe {
  pieces: readonly Piece[];
  loss: NonNullable<Piece['loss']>;
  mixup: number;
  needsNoTeacher: boolean;
}

/**
 * Puts methods together; where none says the loss, it is vanilla's.
 * @throws Error when two of them say the loss
 */
export function combine(pieces: readonly Piece[]): DistilRecipe {
  const losses = pieces.filter(({ loss }) => loss);
  if (losses.length > 1)
    throw new Error(`${losses[0]!.name} and ${losses[1]!.name} each say the loss; name one of them`);
  const all = losses.length === 1 ? pieces : [...pieces, readMethod('vanilla')];
  return {
    pieces: all,
    loss: all.find(({ loss }) => loss)!.loss!,
    mixup: Math.max(...all.map(({ mixup }) => mixup ?? 0)),
    needsNoTeacher: all.some(({ needsNoTeacher }) => needsNoTeacher),
  };
}
