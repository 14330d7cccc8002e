/** Robustness as one table for people: slices line by line, then corruptions with their strengths side by side. */
import { MASK_CLASSES } from '../../api';
import type { Robustness } from '../../nets/card';
import { corruptionRows, isWeak, meanCorrupted } from './rows';

const percent = (share: number | null | undefined): string =>
  share === null || share === undefined ? '–' : (100 * share).toFixed(1);

/** The table as text, in per cent. */
export function robustnessTable(robustness: Robustness): string {
  const { whole, slices } = robustness;
  const columns = (cells: readonly string[]) => cells.map((cell) => cell.padStart(10)).join('');
  const line = (name: string, cells: readonly string[]) => `${name.padEnd(44)}${columns(cells)}`;
  const row = (name: string, figures: Robustness['whole']) => {
    const apart = figures.balancedAccuracy - whole.balancedAccuracy;
    const cells = [
      String(figures.n),
      percent(figures.balancedAccuracy),
      ...MASK_CLASSES.map((each) => percent(figures.recall[each])),
      `${apart >= 0 ? '+' : '−'}${Math.abs(100 * apart).toFixed(1)}`,
    ];
    return line(name, cells) + (isWeak(figures, robustness) ? '  weak' : '');
  };
  const text = [
    line('slice (recalls, %)', ['images', 'balanced', ...MASK_CLASSES, 'to all']),
    row('all', whole),
    ...slices.map((entry) => row(`${entry.slice}: ${entry.value}${entry.made ? ' (made)' : ''}`, entry)),
  ];
  const rows = corruptionRows(robustness);
  if (rows.length > 0)
    text.push(
      '',
      line('corruption (balanced, %)', ['1', '2', '3', '4', '5', 'mean']),
      ...rows.map(({ corruption, each, mean }) => line(corruption, [...each, mean].map(percent))),
      line('all corruptions', ['', '', '', '', '', percent(meanCorrupted(robustness))]),
    );
  return text.join('\n');
}
