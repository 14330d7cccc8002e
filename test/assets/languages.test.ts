/** The language files: the same keys and placeholders everywhere, every message readable and none left empty. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, TYPE, type MessageFormatElement } from '@formatjs/icu-messageformat-parser';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../src-main/pages';
import { LANGUAGES } from '../../src-main/api';
import { bestLanguage, direction, textIn } from '../../src-main/languages';

const folder = join(projectRoot(), 'assets', 'languages');

type Node = string | { [name: string]: Node };

/** Every message with its dotted key. */
function messages(node: Node, key = ''): [key: string, message: string][] {
  if (typeof node === 'string') return [[key, node]];
  return Object.entries(node).flatMap(([name, child]) =>
    messages(child, key === '' ? name : `${key}.${name}`),
  );
}

async function read(language: string): Promise<Map<string, string>> {
  return new Map(messages(JSON.parse(await readFile(join(folder, `${language}.json`), 'utf8')) as Node));
}

/** Names of a message's placeholders, those inside its plurals too. */
function placeholders(elements: MessageFormatElement[]): string[] {
  return elements.flatMap((element) => {
    if (element.type === TYPE.literal || element.type === TYPE.pound) return [];
    if (element.type === TYPE.tag) return placeholders(element.children);
    const inner =
      element.type === TYPE.plural || element.type === TYPE.select
        ? Object.values(element.options).flatMap((option) => placeholders(option.value))
        : [];
    return [element.value, ...inner];
  });
}
const names = (message: string): string[] =>
  [...new Set(placeholders(parse(message, { ignoreTag: true })))].sort();

describe('assets/languages', () => {
  it('holds a file for each language, and no other', async () => {
    expect((await readdir(folder)).sort()).toEqual(LANGUAGES.map((language) => `${language}.json`).sort());
  });

  it.each(LANGUAGES)(
    '%s has the keys of English, in its order, each with words and the same placeholders',
    async (language) => {
      const [english, own] = [await read('en'), await read(language)];
      expect([...own.keys()]).toEqual([...english.keys()]);
      for (const [key, message] of own) {
        expect(message.trim(), key).not.toBe('');
        expect(names(message), `${language} ${key}`).toEqual(names(english.get(key)!));
      }
    },
  );

  it.each(LANGUAGES)('%s has the plural forms that its grammar asks for', async (language) => {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    for (const [key, message] of await read(language)) {
      for (const element of parse(message, { ignoreTag: true })) {
        if (element.type !== TYPE.plural) continue;
        const given = Object.keys(element.options).filter((form) => !form.startsWith('='));
        // French and Spanish have a form for whole millions, which nothing here counts to.
        const needed = forms.filter((form) => form !== 'many' || language === 'ar');
        expect(given.sort(), `${language} ${key}`).toEqual(expect.arrayContaining([...needed].sort()));
      }
    }
  });
});

describe('a text', () => {
  it('speaks each language with its plurals', () => {
    expect(textIn('en', 'settings.looks', { count: 1 })).toBe('1 look');
    expect(textIn('en', 'settings.looks', { count: 3 })).toBe('3 looks');
    expect(textIn('ar', 'settings.looks', { count: 2 })).toBe('نظرتان');
    expect(textIn('de', 'banner.none')).toBe('Bitte Maske aufsetzen');
  });

  it('is never shown with a hole in it', () => {
    expect(() => textIn('en', 'camera.lost')).toThrow(/label/);
  });
});

describe('the language', () => {
  it('is the first preferred one that there is, else English', () => {
    expect(bestLanguage(['pt-BR', 'zh-Hant-TW', 'de'])).toBe('zh');
    expect(bestLanguage(['DE-at'])).toBe('de');
    expect(bestLanguage(['pt'])).toBe('en');
  });

  it('runs from right to left in Arabic only', () => {
    expect(LANGUAGES.filter((language) => direction(language) === 'rtl')).toEqual(['ar']);
  });
});
