// @ts-check
/**
 * Links from docs/security.md to lines of code: [`code`](../file#L12). `npm run format` sets their numbers right; a test
 * fails when the code of one is not there any more, or is there twice, so that the claim beside it is looked at again.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
export const page = join(root, 'docs', 'security.md');

const LINK = /\[`([^`]+)`\]\(\.\.\/([^)#]+)#L(\d+)\)/g;

/**
 * The links of a text, each with the lines (from 1) that hold its code now.
 * @param {string} text
 * @returns {{ code: string, file: string, line: number, found: number[] }[]}
 */
export const linksOf = (text) =>
  [...text.matchAll(LINK)].map(([, code = '', file = '', line]) => {
    const lines = readFileSync(join(root, file), 'utf8').split('\n');
    const found = lines.flatMap((content, i) => (content.includes(code) ? [i + 1] : []));
    return { code, file, line: Number(line), found };
  });

/**
 * The text with every link on its line.
 * @param {string} text
 */
export function repaired(text) {
  const lines = linksOf(text).map(({ line, found }) => (found.length === 1 ? found[0] : line));
  return text.replace(LINK, (_, code, file) => `[\`${code}\`](../${file}#L${String(lines.shift())})`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  writeFileSync(page, repaired(readFileSync(page, 'utf8')));
