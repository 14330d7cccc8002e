/**
 * Splits samples into train, val and test by photo, stably: where a photo goes depends on its name and the seed
 * alone, so photos that are added move none that were there.
 */
import { basename } from 'node:path/posix';
import type { Sample, Shown, Split } from './folders';

export interface SplitOptions {
  /** Share of photos for validation and for testing, 0 to 1. */
  val: number;
  test: number;
  seed: number;
  /**
   * For each sample the number of its group of near copies (see near-copies.ts). Photos that share a group go
   * to one split.
   */
  copies?: ArrayLike<number>;
}

export interface Division extends Record<Split, Sample[]> {
  /**
   * Left out: samples of the folders' own train (or val) split that are of the same photo as, or a near copy
   * of, one in their test (or val) split.
   */
  leaks: Sample[];
}

/** A uniform number in [0, 1) for a text and seed (FNV-1a, mixed with murmur3's finaliser). */
export function hashed(seed: number, text: string): number {
  let h = 0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1);
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}

/**
 * The key of a sample's photo among all sets. Folders of one name hold cuts of the same photos (annotated and
 * detector-cut crops of one set, say), so only the set's own name counts, not its parents'.
 */
export const photoKey = (sample: Shown): string => `${basename(sample.set)}\n${sample.photo}`;

/** Sets that can be joined, by number (union-find with path halving). */
export class Unions {
  readonly #parent: Int32Array;
  constructor(n: number) {
    this.#parent = Int32Array.from({ length: n }, (_, i) => i);
  }
  find(i: number): number {
    const parent = this.#parent;
    while (parent[i] !== i) i = parent[i] = parent[parent[i]!]!;
    return i;
  }
  /** The lower number stays the root. */
  join(a: number, b: number): void {
    const [low, high] = [this.find(a), this.find(b)].sort((x, y) => x - y) as [number, number];
    this.#parent[high] = low;
  }
}

/** The samples by photo, photos joined that share a group of near copies. */
function photoGroups<S extends Shown>(samples: readonly S[], copies?: ArrayLike<number>): S[][] {
  const unions = new Unions(samples.length);
  const first = new Map<string, number>();
  samples.forEach((sample, i) => {
    for (const key of [photoKey(sample), ...(copies === undefined ? [] : [`#${String(copies[i])}`])]) {
      const other = first.get(key);
      if (other === undefined) first.set(key, i);
      else unions.join(other, i);
    }
  });
  const groups = new Map<number, S[]>();
  samples.forEach((sample, i) => {
    const root = unions.find(i);
    const group = groups.get(root);
    if (group === undefined) groups.set(root, [sample]);
    else group.push(sample);
  });
  return [...groups.values()];
}

/**
 * Divides samples so that no photo, and no group of near copies, is in two splits. Samples whose folder came
 * divided keep their split, and the rest of their group follows it.
 * @throws Error when the shares are not shares
 */
export function splitByPhoto(samples: readonly Sample[], options: SplitOptions): Division {
  const { val, test, seed } = options;
  if (!(val >= 0 && test >= 0 && val + test < 1))
    throw new Error(`shares for val (${String(val)}) and test (${String(test)}) must leave some to train on`);
  const division: Division = { train: [], val: [], test: [], leaks: [] };
  for (const group of photoGroups(samples, options.copies)) {
    const given = (['test', 'val', 'train'] as const).find((split) => group.some((s) => s.split === split));
    const split = given ?? drawn(group, val, test, seed);
    for (const sample of group)
      if (sample.split === undefined || sample.split === split) division[split].push(sample);
      else division.leaks.push(sample);
  }
  return division;
}

/**
 * Samples that are of no photo, and no near copy, of those held back: what may be trained on beside a test.
 * @param copies for each of `held`, then of `samples`, the number of its group of near copies
 */
export function apartFrom<S extends Shown>(
  held: readonly Shown[],
  samples: readonly S[],
  copies: ArrayLike<number>,
): S[] {
  const groups = photoGroups([...held, ...samples], copies);
  const back = new Set<Shown>(held);
  const tied = new Set(groups.filter((group) => group.some((sample) => back.has(sample))).flat());
  return samples.filter((sample) => !tied.has(sample));
}

/**
 * The split of a group. One of its photos decides for all: which one is drawn by another hash than the one
 * that gives its split, so that larger groups lean to no split.
 */
function drawn(group: readonly Sample[], val: number, test: number, seed: number): Split {
  let decides = '';
  let lowest = Infinity;
  for (const key of new Set(group.map(photoKey))) {
    const rank = hashed(~seed, key);
    if (rank < lowest || (rank === lowest && key < decides)) [lowest, decides] = [rank, key];
  }
  const place = hashed(seed, decides);
  return place < test ? 'test' : place < test + val ? 'val' : 'train';
}
