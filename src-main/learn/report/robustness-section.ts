/** What the report's page shows of how a run's figures hold by kind of picture and under corruptions. */
import { MASK_CLASSES } from '../../api';
import { corruptionRows, isWeak, meanCorrupted } from '../robustness/rows';
import { type Cell, escaped, percent, table, whole } from './html';
import type { RunReport } from './report-data';

/** Nothing where it was not measured. */
export function robustnessOf({ name, robustness }: RunReport): string {
  if (!robustness) return '';
  const share = (value: number, weak: boolean): Cell =>
    weak ? { html: `<strong>${escaped(percent(value))}, weak</strong>` } : percent(value);
  const slices = [{ slice: 'all', value: '', made: false, ...robustness.whole }, ...robustness.slices].map(
    (row): Cell[] => [
      [row.slice, row.value].filter(Boolean).join(': ') + (row.made ? ' (made)' : ''),
      whole(row.n),
      share(row.balancedAccuracy, isWeak(row, robustness)),
      ...MASK_CLASSES.map((each) => percent(row.recall[each])),
      percent(row.ece),
    ],
  );
  const heads = [
    'pictures',
    'images',
    'balanced',
    ...MASK_CLASSES.map((each) => `recall of ${each}`),
    'calibration error',
  ];
  const rows = corruptionRows(robustness);
  const corruptions =
    rows.length === 0
      ? ''
      : table(
          `${name}: balanced accuracy under corruptions`,
          ['corruption', '1', '2', '3', '4', '5', 'mean'],
          rows.map(({ corruption, each, mean }) => [corruption, ...[...each, mean].map((x) => percent(x))]),
        ) +
        `<p class="dim">Balanced accuracy at five strengths, after ImageNet-C; over all ${percent(meanCorrupted(robustness))}.</p>`;
  return (
    '<h3>By kind of picture</h3>' +
    table(`${name}: figures by kind of picture`, heads, slices) +
    `<p class="dim">On ${escaped(robustness.split === 'all' ? 'all pictures of the folders named' : `${robustness.split} pictures`)}. Pictures as they are, or all of them changed (made). Weak: more than 5 points below all.</p>` +
    corruptions
  );
}
