// @ts-check
/**
 * Which npm packages are in what we ship, with their licences: those that main needs when it runs, and those that are
 * bundled into the pages. Needs an installed node_modules and a built out/.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { root } from './build.mjs';
import { UNNAMED_LICENCES } from './unnamed-licences.mjs';

/**
 * @typedef {{ name: string, version: string, licence: string, text: string }} Shipped
 * @typedef {{ name: string, version: string, license?: string, author?: string | { name: string }, dependencies?: Record<string, string>,
 *   optionalDependencies?: Record<string, string> }} Manifest
 */

/**
 * What the packages leave out, as `.config/electron-builder.mjs` says: for those who train and test, or for a Linux
 * that Electron does not run on.
 */
export const LEFT_OUT =
  /^(@vladmandic\/human|@techstark\/opencv-js|nsfwjs|@libsql\/.*musl.*|@img\/.*musl.*)$/;

/** The detector's worker and its model, which the bundler does not list. */
const IN_WORKERS = ['@mediapipe/tasks-vision', '@mediapipe/face_detection'];

/** @param {string} folder @returns {Manifest} */
const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/**
 * The folder of a package as Node finds it from another's; null where it is not installed (another system's binaries).
 * @param {string} name
 * @param {string} from
 */
function findPackage(name, from) {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name);
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (at === dirname(at)) return null;
  }
}

/**
 * Folders of the packages that main needs, relative to the project's.
 * @param {string} project its folder
 * @returns {string[]}
 */
export function runtimeFolders(project = root) {
  /** @type {Set<string>} */
  const found = new Set();
  /** @param {string} folder */
  const follow = (folder) => {
    const { dependencies, optionalDependencies } = manifestOf(folder);
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const next = LEFT_OUT.test(name) ? null : findPackage(name, folder);
      if (next === null || found.has(next)) continue;
      found.add(next);
      follow(next);
    }
  };
  follow(project);
  return [...found].map((folder) => relative(project, folder).replaceAll('\\', '/')).sort();
}

/**
 * The licence's own text where the package has one, else the standard text of what its manifest names.
 * @param {string} folder
 * @param {Manifest} manifest
 */
function licenceText(folder, { license = '', author }) {
  const files = readdirSync(folder).filter((name) => /^(licen[sc]e|copying|notice)/i.test(name));
  const texts = files.sort().map((name) => readFileSync(join(folder, name), 'utf8').trim());
  // sharp's libvips is many libraries in one: its README says which is under what.
  const readme = join(folder, 'README.md');
  const terms = existsSync(readme)
    ? /^## Licensing\n[^]*/m.exec(readFileSync(readme, 'utf8'))?.[0]
    : undefined;
  if (terms !== undefined && texts.length === 0) texts.push(terms.trim());
  if (texts.length === 0 || license.startsWith('LGPL')) {
    /** @type {Record<string, { licenseText: string }>} */
    const standard = createRequire(import.meta.url)('spdx-license-list/full');
    const holder = typeof author === 'string' ? author : (author?.name ?? 'the authors');
    for (const id of license.split(/ (?:AND|OR) /))
      texts.push(
        (standard[id]?.licenseText ?? '').replace(/<copyright holders?>/, holder).replace('<year> ', ''),
      );
  }
  return texts.join('\n\n');
}

/**
 * All that ships, by name.
 * @returns {Shipped[]}
 */
export function shippedPackages() {
  const folders = [
    ...runtimeFolders(),
    ...IN_WORKERS.map((name) => join('node_modules', name)),
    join('node_modules', 'electron'),
  ];
  const listed = folders.map((path) => {
    const folder = join(root, path);
    const manifest = manifestOf(folder);
    const { name, version, license = UNNAMED_LICENCES[name] ?? '' } = manifest;
    return { name, version, licence: license, text: licenceText(folder, manifest) };
  });
  /** @type {{ name: string, version: string, identifier: string, text: string }[]} Written by Vite. */
  const bundled = JSON.parse(readFileSync(join(root, 'out', 'renderer', 'licences.json'), 'utf8'));
  for (const { name, version, identifier, text } of bundled)
    if (!listed.some((one) => one.name === name && one.version === version))
      listed.push({ name, version, licence: UNNAMED_LICENCES[name] ?? identifier, text });
  return listed.sort((a, b) => a.name.localeCompare(b.name) || a.version.localeCompare(b.version));
}

/**
 * The list that goes into a package: a line for each, then every text.
 * @param {Shipped[]} packages
 */
export function licencesText(packages) {
  const lines = packages.map(({ name, version, licence }) => `${name} ${version}: ${licence}`);
  const rule = '='.repeat(100);
  const texts = packages.map(({ name, version, text }) => `${rule}\n${name} ${version}\n${rule}\n${text}\n`);
  return `maskwatch is under the MIT licence (LICENSE). It contains, of others:\n\n${lines.join('\n')}\n\n${texts.join('\n')}`;
}
