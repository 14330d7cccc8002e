// @ts-check
/** Writes docs/licences.md from the lock file: every package and what it may be used under. Run by `npm run format`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { UNNAMED_LICENCES } from '../src-main/setup/unnamed-licences.mjs';

const root = new URL('..', import.meta.url);
/** @type {Record<string, { version: string, license?: string, dev?: boolean }>} */
const packages = JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8')).packages;

/** @type {Record<'ships' | 'builds', Map<string, Set<string>>>} */
const lists = { ships: new Map(), builds: new Map() };
for (const [path, { version, license, dev }] of Object.entries(packages)) {
  if (path === '') continue;
  const list = lists[dev === true ? 'builds' : 'ships'];
  const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const licence = license ?? UNNAMED_LICENCES[name] ?? 'unknown';
  list.set(licence, (list.get(licence) ?? new Set()).add(`${name} ${version}`));
}

/** @param {Map<string, Set<string>>} list */
const section = (list) =>
  [...list]
    .sort(([, a], [, b]) => b.size - a.size)
    .map(([licence, names]) => `- **${licence}** (${String(names.size)}): ${[...names].sort().join(', ')}`)
    .join('\n');

writeFileSync(
  fileURLToPath(new URL('docs/licences.md', root)),
  `# Licences of all packages

Written by \`npm run format\` from the lock file. What is bundled into the pages (Svelte, MediaPipe, ICU messages, icons) is
among those that build; \`npm run package\` puts a list of exactly what is inside, with every text, into each package.

## What runs, on any system

libvips, under the LGPL, is a library of its own beside sharp, which can be exchanged.

${section(lists.ships)}

## What builds and tests

${section(lists.builds)}
`,
);
