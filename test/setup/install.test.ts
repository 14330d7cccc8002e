/** What setup finds out before it installs anything. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { electronProgram } from '../../src-main/setup/electron.mjs';
import { browserPlaces, findBrowser, howToInstallBrowser } from '../../src-main/setup/find-browser.mjs';
import { isInstalled } from '../../src-main/setup/install.mjs';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-setup-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('packages', () => {
  const wanted = {
    '': { version: '0.1.0' },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/b-linux': { version: '2.0.0', optional: true },
  };
  const put = async (present: object | string | null): Promise<void> => {
    await writeFile(join(folder, 'package-lock.json'), JSON.stringify({ packages: wanted }));
    if (present === null) return;
    await mkdir(join(folder, 'node_modules'));
    const text = typeof present === 'string' ? present : JSON.stringify({ packages: present });
    await writeFile(join(folder, 'node_modules', '.package-lock.json'), text);
  };

  it.each<[string, object | string | null, boolean]>([
    ['are missing on a fresh clone', null, false],
    ['are missing when the installation was broken off', '{"packages": {', false],
    ['are missing when one is not there', {}, false],
    ['are missing when one is of another version', { 'node_modules/a': { version: '0.9.0' } }, false],
    ['are there without another system’s', { 'node_modules/a': { version: '1.0.0' } }, true],
  ])('%s', async (_what, present, there) => {
    await put(present);
    expect(isInstalled(folder)).toBe(there);
  });
});

describe('a browser', () => {
  it('is the one that is named', () => {
    expect(findBrowser({ MASKWATCH_BROWSER: process.execPath })).toBe(process.execPath);
  });

  it('that is named and cannot be run is an error, not another browser', () => {
    expect(() => findBrowser({ MASKWATCH_BROWSER: '/nowhere/chrome' })).toThrow(
      'MASKWATCH_BROWSER is /nowhere/chrome, which is not a program',
    );
  });

  it.skipIf(process.platform === 'win32')('is found on the PATH', async () => {
    await writeFile(join(folder, 'chromium'), '#!/bin/sh\n', { mode: 0o755 });
    expect(findBrowser({ PATH: folder }, 'linux')).toBe(join(folder, 'chromium'));
  });

  it('is looked for where each system keeps it', () => {
    expect(browserPlaces({}, 'darwin')[0]).toBe(
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    );
    expect(browserPlaces({ PROGRAMFILES: 'P' }, 'win32').some((path) => path.endsWith('msedge.exe'))).toBe(
      true,
    );
    expect(browserPlaces({}, 'linux')).toContain('/usr/bin/google-chrome');
  });

  it('that is missing can be installed as one sentence says', () => {
    expect(howToInstallBrowser('linux')).toMatch(/apt-get install chromium/);
    expect(howToInstallBrowser('win32')).not.toMatch(/apt-get/);
  });
});

it('Electron counts as there when its program is, not when its package is', async () => {
  expect(electronProgram(folder)).toBeNull();
  await writeFile(join(folder, 'path.txt'), 'electron');
  expect(electronProgram(folder)).toBeNull();
  await mkdir(join(folder, 'dist'));
  await writeFile(join(folder, 'dist', 'electron'), '');
  expect(electronProgram(folder)).toBe(join(folder, 'dist', 'electron'));
});
