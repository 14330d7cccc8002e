/** docs/security.md is true: every line it links to is there, and what it says is used nowhere is used nowhere. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linksOf, page } from '../../.config/line-links.mjs';
import { UNNAMED_LICENCES } from '../../src-main/setup/unnamed-licences.mjs';
import { projectRoot } from '../../src-main/pages';

/** Lines that a link may be off, as others edit the file: a screen's. `npm run format` sets them right. */
const NEAR = 25;

const text = readFileSync(page, 'utf8');

/** What lets us ship it, with its text, or build with it. WTFPL, MPL-2.0, CC-BY-4.0: build only. */
const SHIPS =
  /^(MIT|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|LGPL-3\.0-or-later|CC0-1\.0|BlueOak-1\.0\.0|Python-2\.0)$/;
const BUILDS = /^(MPL-2\.0|CC-BY-4\.0|WTFPL)$/;

it('every package is under a licence that lets us use it as we do', () => {
  const lock = JSON.parse(readFileSync(join(projectRoot(), 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { license?: string; dev?: boolean }>;
  };
  for (const [path, { license: named, dev }] of Object.entries(lock.packages)) {
    if (path === '') continue;
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const license = named ?? UNNAMED_LICENCES[name] ?? 'unknown';
    const isFine = (one: string): boolean => SHIPS.test(one) || (dev === true && BUILDS.test(one));
    // "A OR B" lets one choose; "A AND B" asks for both.
    const all = license
      .replace(/[()]/g, '')
      .split(' OR ')
      .some((choice) => choice.split(' AND ').every(isFine));
    expect(all, `${path}: ${license}`).toBe(true);
  }
});

it.each(['cli/main.ts', 'desktop/main.ts', 'jobs/job.process.ts'])(
  '%s switches ONNX Runtime’s reports to its maker off before anything else',
  (entry) => {
    const source = readFileSync(join(projectRoot(), 'src-main', entry), 'utf8');
    expect(/^import .*$/m.exec(source)?.[0]).toBe("import '../onnx/no-telemetry';");
  },
);

describe('the security page', () => {
  it.each(linksOf(text))('links $file to the one line with $code', ({ line, found }) => {
    expect(
      found,
      'that code is not there exactly once: is what the page says of it still true?',
    ).toHaveLength(1);
    expect(Math.abs(found[0]! - line), 'run `npm run format`').toBeLessThanOrEqual(NEAR);
  });

  it('goes through all of Electron’s items', () => {
    const checklist = text.slice(text.indexOf('## Electron'), text.indexOf('## The line'));
    const items = [...checklist.matchAll(/^(\d+)\. .*$/gm)];
    expect(items.map(([, n]) => Number(n))).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    for (const [item] of items) expect(item).toMatch(/#L\d+\)|Nowhere: `/);
  });

  it('says of nothing that it is used nowhere which is', () => {
    const sources = ['src-main', 'src-renderer'].flatMap((folder) =>
      readdirSync(join(projectRoot(), folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name)),
    );
    const names = [...text.matchAll(/Nowhere: (.*)\.$/gm)].flatMap(([, list]) =>
      [...list!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!),
    );
    expect(names.length).toBeGreaterThan(4);
    for (const file of sources) {
      const content = readFileSync(file, 'utf8');
      for (const name of names) expect(content.includes(name), `${name} in ${file}`).toBe(false);
    }
  });
});
