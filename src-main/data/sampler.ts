/**
 * What an epoch shows, and in which order: every class equally often, every sample of a class as often as the
 * others. The larger classes go on in the next epoch where they stopped, so all their samples are seen in turn.
 */
import { seeded } from '../random';
import type { Sample, Shown } from './folders';

export interface EpochOptions {
  /** Samples in an epoch. */
  length: number;
  seed: number;
  /**
   * How much more often than others a sample of a set is shown within its class; 1 where none is given, 0 leaves
   * the set out.
   */
  weights?: Readonly<Record<string, number>>;
}

/** Shuffles in place (Fisher–Yates). */
export function shuffle<T>(items: T[], random: () => number): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}

/** The samples of one class and set, to be shown for a share of the class's places. */
interface Pool<S> {
  samples: S[];
  share: number;
  /** Places given out so far, since the first epoch. */
  taken: number;
}

/** The order of any epoch, which depends on the samples, the options and the epoch's number alone. */
export class BalancedEpochs<S extends Shown = Sample> {
  readonly #classes: Pool<S>[][];
  readonly #options: EpochOptions;

  /** @throws Error when there is nothing to show */
  constructor(samples: readonly S[], options: EpochOptions) {
    this.#options = options;
    const weight = (set: string) => options.weights?.[set] ?? 1;
    const pools = new Map<string, S[]>();
    for (const sample of samples) {
      if (!(weight(sample.set) > 0)) continue;
      const key = `${String(sample.label)} ${sample.set}`;
      const pool = pools.get(key);
      if (pool === undefined) pools.set(key, [sample]);
      else pool.push(sample);
    }
    if (pools.size === 0) throw new Error('there are no samples to train on');
    const labels = [...new Set([...pools.values()].map(([first]) => first!.label))].sort();
    this.#classes = labels.map((label) => {
      const own = [...pools.values()].filter(([first]) => first!.label === label);
      const mass = (pool: S[]) => pool.length * weight(pool[0]!.set);
      const whole = own.reduce((sum, pool) => sum + mass(pool), 0);
      return own.map((pool) => ({ samples: pool, share: mass(pool) / whole, taken: 0 }));
    });
  }

  /** @param epoch counts from 0 */
  order(epoch: number): S[] {
    const { length, seed } = this.#options;
    const classes = this.#classes.length;
    let order: S[] = [];
    for (const [c, pools] of this.#classes.entries()) {
      // Class c has the places c, c + classes, … of the endless row of all epochs' places.
      const before = (place: number) => Math.max(0, Math.ceil((place - c) / classes));
      order = order.concat(this.#places(pools, c, before(epoch * length), before((epoch + 1) * length)));
    }
    return shuffle(order, seeded(seed, epoch, 0x0e90c4));
  }

  /** What stands on the places [from, to) of a class. */
  #places(pools: Pool<S>[], c: number, from: number, to: number): S[] {
    const random = seeded(this.#options.seed, c, 0x5e7);
    const samples: S[] = [];
    const start = random();
    const permutations = new Map<string, S[]>();
    for (const pool of pools) pool.taken = 0;
    for (let place = 0; place < to; place++) {
      // Steps of the golden ratio spread the sets evenly over the places, in proportion to their shares.
      let at = (start + place * 0.6180339887498949) % 1;
      let p = 0;
      while (p < pools.length - 1 && at >= pools[p]!.share) at -= pools[p++]!.share;
      const pool = pools[p]!;
      const n = pool.taken++;
      if (place < from) continue;
      const round = Math.floor(n / pool.samples.length);
      const key = `${String(p)} ${String(round)}`;
      let permutation = permutations.get(key);
      if (permutation === undefined) {
        permutation = shuffle([...pool.samples], seeded(this.#options.seed, c, p, round));
        permutations.set(key, permutation);
      }
      samples.push(permutation[n % pool.samples.length]!);
    }
    return samples;
  }
}
