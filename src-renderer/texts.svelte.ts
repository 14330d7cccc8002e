/** The page's language and its texts: one language for all components of a page, which follow when it changes. */
import type { Language } from '../src-main/api';
import { bestLanguage, direction, textIn, type TextKey, type TextValues } from '../src-main/languages';

let current = $state<Language>(bestLanguage(navigator.languages));

export const pageLanguage = (): Language => current;

/** Shows the page in a language from now on; null takes the browser's. */
export function usePageLanguage(language: Language | null): void {
  current = language ?? bestLanguage(navigator.languages);
  document.documentElement.lang = current;
  document.documentElement.dir = direction(current);
}

/** A text in the page's language; see `textIn`. */
export const text = (key: TextKey, values?: TextValues): string => textIn(current, key, values);

/** A number as the page's language writes it. */
export const numberText = (value: number, options?: Intl.NumberFormatOptions): string =>
  new Intl.NumberFormat(current, options).format(value);

/** A share of 0 to 1 as a percentage, as the page's language writes it. */
export const percentText = (share: number, digits = 0): string =>
  numberText(share, { style: 'percent', maximumFractionDigits: digits });

/** A moment as the page's language writes it. */
export const timeText = (time: Date | number, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat(current, options).format(time);
