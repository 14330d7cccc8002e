/**
 * The words of the pages by language: one file each in assets/languages, all with the keys and placeholders of en.json
 * (test/assets/languages.test.ts). Messages are in ICU MessageFormat, so that each language has its own plurals
 * and numbers. Knows languages, nothing of any page:
 * the tray's menu has its words from here as the pages have, whose own are in src-renderer/texts.svelte.ts.
 */
import { IntlMessageFormat } from 'intl-messageformat';
import ar from '../assets/languages/ar.json';
import de from '../assets/languages/de.json';
import en from '../assets/languages/en.json';
import es from '../assets/languages/es.json';
import fr from '../assets/languages/fr.json';
import zh from '../assets/languages/zh.json';
import { LANGUAGES, type Language } from './api';

type Messages = typeof en;
const MESSAGES: Record<Language, Messages> = { en, zh, es, fr, de, ar };

/** Dotted paths to the strings of a language file. */
type Paths<Node> = {
  [Name in keyof Node & string]: Node[Name] extends string ? Name : `${Name}.${Paths<Node[Name]>}`;
}[keyof Node & string];
export type TextKey = Paths<Messages>;
export type TextValues = Record<string, string | number | Date>;

/** The first of the preferred languages that there is a file for, else English. */
export function bestLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const found = LANGUAGES.find((language) => language === tag.toLowerCase().split('-')[0]);
    if (found !== undefined) return found;
  }
  return 'en';
}

/** Which way a language is written. */
export const direction = (language: Language): 'ltr' | 'rtl' => (language === 'ar' ? 'rtl' : 'ltr');

const formats = new Map<string, IntlMessageFormat>();

function formatOf(language: Language, key: TextKey): IntlMessageFormat {
  const name = `${language} ${key}`;
  let format = formats.get(name);
  if (format === undefined) {
    let node: unknown = MESSAGES[language];
    // TextKey is the type of just those paths that lead to a string.
    for (const part of key.split('.')) node = (node as Record<string, unknown>)[part];
    format = new IntlMessageFormat(node as string, language, undefined, { ignoreTag: true });
    formats.set(name, format);
  }
  return format;
}

/**
 * A text in a language.
 * @param values what stands in its placeholders
 * @throws Error when a placeholder has no value
 */
export const textIn = (language: Language, key: TextKey, values?: TextValues): string =>
  String(formatOf(language, key).format(values));
