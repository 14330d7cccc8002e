/** The little that pages made of strings need: text made safe, figures as people read them, and tables. */

/** Text as it may stand in HTML, in attributes too. */
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

/** 0.9376 → "93.8 %"; a dash for what was not measured. */
export const percent = (share: number | null | undefined, digits = 1): string =>
  share === null || share === undefined ? '–' : `${(100 * share).toFixed(digits)} %`;

/** 1234567 → "1,234,567"; a dash for what was not measured. */
export const whole = (value: number | null | undefined): string =>
  value === null || value === undefined ? '–' : Math.round(value).toLocaleString('en-GB');

/** Text, or ready HTML. */
export type Cell = string | { html: string };
const inside = (cell: Cell): string => (typeof cell === 'string' ? escaped(cell) : cell.html);

/**
 * A table that scrolls by itself where it is too wide; the first cell of a row is its heading.
 * @param name said of it where it is not seen, and unique on the page
 */
export function table(name: string, heads: readonly Cell[], rows: readonly (readonly Cell[])[]): string {
  const head = heads.map((cell) => `<th scope="col">${inside(cell)}</th>`).join('');
  const body = rows.map(
    ([first = '', ...cells]) =>
      `<tr><th scope="row">${inside(first)}</th>${cells.map((cell) => `<td>${inside(cell)}</td>`).join('')}</tr>`,
  );
  return (
    `<div class="wide" role="region" tabindex="0" aria-label="${escaped(name)}">` +
    `<table><thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`
  );
}
