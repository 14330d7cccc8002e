/** What is read out of a classifier's robustness, wherever it is shown: what is weak, and means over corruptions. */
import { MASK_CLASSES } from '../../api';
import type { Metrics, Robustness } from '../../nets/card';

/** A slice whose balanced accuracy is this far below that of all pictures is pointed out. 0 to 1. */
const FAR_BELOW = 0.05;
/** Slices of fewer pictures say little. */
const ENOUGH = 30;

type Figures = Robustness['whole'];

export const isWeak = ({ balancedAccuracy }: Figures, { whole }: Robustness): boolean =>
  balancedAccuracy < whole.balancedAccuracy - FAR_BELOW;

/** The slice of the lowest balanced accuracy, among those of enough pictures; undefined where none is. */
export const weakest = ({ slices }: Robustness): Robustness['slices'][number] | undefined =>
  slices.filter(({ n }) => n >= ENOUGH).sort((a, b) => a.balancedAccuracy - b.balancedAccuracy)[0];

/** One corruption: its balanced accuracy at each strength, and their mean. */
export interface CorruptionRow {
  corruption: string;
  each: number[];
  mean: number;
}

export function corruptionRows({ corruptions }: Robustness): CorruptionRow[] {
  return [...new Set(corruptions.map(({ corruption }) => corruption))].map((corruption) => {
    const each = corruptions
      .filter((entry) => entry.corruption === corruption)
      .sort((a, b) => a.strength - b.strength)
      .map(({ balancedAccuracy }) => balancedAccuracy);
    return { corruption, each, mean: each.reduce((a, b) => a + b, 0) / each.length };
  });
}

/** Balanced accuracy over all corruptions and strengths; null where none was measured. */
export function meanCorrupted(robustness: Robustness): number | null {
  const rows = corruptionRows(robustness);
  return rows.length === 0 ? null : rows.reduce((sum, { mean }) => sum + mean, 0) / rows.length;
}

const rounded = (share: number): number => Math.round(share * 1e4) / 1e4;

/** What of a set's metrics is kept of a slice. */
export function figuresOf({ n, balancedAccuracy, perClass, ece }: Metrics): Robustness['whole'] {
  const recall = MASK_CLASSES.map((name) => {
    const { recall: share } = perClass[name]!;
    return [name, share === null ? null : rounded(share)] as const;
  });
  return {
    n,
    balancedAccuracy: rounded(balancedAccuracy),
    recall: Object.fromEntries(recall),
    ece: rounded(ece),
  };
}
