/** What a chart says of one of its steps. Pure. */
import type { Series } from './Chart.svelte';

/** The step's name, then its values, a line each. */
export const wordsOf = (
  steps: readonly { long: string }[],
  series: readonly Series[],
  place: number,
  format: (value: number) => string,
): string =>
  [
    steps[place]?.long ?? '',
    ...series.map(({ name, values }) => {
      const value = values[place] ?? null;
      return `${name}: ${value === null ? '–' : format(value)}`;
    }),
  ].join('\n');
