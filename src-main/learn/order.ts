/** What each epoch shows: the classes alike, and of pictures without labels their share. */
import type { Sample, Shown, Unlabelled } from '../data/folders';
import { BalancedEpochs, shuffle } from '../data/sampler';
import { seeded } from '../random';

export interface OrderOptions {
  /** Pictures in an epoch. */
  length: number;
  /** Share of them that has no label, 0 to 1, where there are such pictures. */
  share: number;
  seed: number;
}

/** @returns the order of an epoch by its number, the same for the same one */
export function epochOrder(
  labelled: readonly Sample[],
  unlabelled: readonly Unlabelled[],
  { length, share, seed }: OrderOptions,
): (epoch: number) => Shown[] {
  const bare = unlabelled.length > 0 ? Math.round(share * length) : 0;
  const taught = new BalancedEpochs(labelled, { length: length - bare, seed });
  if (bare === 0) return (epoch) => taught.order(epoch);
  const others = new BalancedEpochs(unlabelled, { length: bare, seed });
  return (epoch) =>
    shuffle<Shown>([...taught.order(epoch), ...others.order(epoch)], seeded(seed, epoch, 0x0b1e55));
}
