/** The settings file over a real folder: kept, checked, never lost. */
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configFolder, DEFAULT_SETTINGS, SettingsStore } from '../../src-main/store/settings';
import { recovered } from '../recovery';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-test-'));
  path = join(folder, 'deep', 'settings.json');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function put(text: string): Promise<void> {
  await mkdir(join(folder, 'deep'), { recursive: true });
  await writeFile(path, text);
}

describe('settings', () => {
  it('are the defaults where there is no file, and nothing is written', async () => {
    const store = await SettingsStore.open(path);
    expect(store.current).toEqual(DEFAULT_SETTINGS);
    expect(store.notice).toBeNull();
    expect(await readdir(folder)).toEqual([]);
  });

  it('that were changed are there the next time', async () => {
    const store = await SettingsStore.open(path);
    const changed = await store.change({ reach: 'far', region: [0.1, 0.2, 0.3, 0.4] });
    expect(changed).toEqual({ ...DEFAULT_SETTINGS, reach: 'far', region: [0.1, 0.2, 0.3, 0.4] });
    expect((await SettingsStore.open(path)).current).toEqual(changed);
    expect(await readdir(join(folder, 'deep'))).toEqual(['settings.json']);
  });

  it('that are changed many times at once end as the last change', async () => {
    const store = await SettingsStore.open(path);
    await Promise.all(Array.from({ length: 30 }, (_, i) => store.change({ looksNeeded: i + 1 })));
    expect((await SettingsStore.open(path)).current.looksNeeded).toBe(30);
  });

  it('of an older file have the defaults for what it does not know', async () => {
    await put('{"version": 1, "mirror": false}');
    const old = { ...DEFAULT_SETTINGS, mirror: false, firstRunDone: true };
    expect((await SettingsStore.open(path)).current).toEqual(old);
  });

  it('have the defaults for what a section lacks, and a patch of a section leaves the rest of it', async () => {
    await put('{"version": 2, "privacy": {"reviewDays": 3}}');
    const store = await SettingsStore.open(path);
    expect(store.current.privacy).toEqual({ ...DEFAULT_SETTINGS.privacy, reviewDays: 3 });
    const { privacy } = await store.change({ privacy: { review: true } });
    expect(privacy).toEqual({ ...DEFAULT_SETTINGS.privacy, reviewDays: 3, review: true });
  });

  it('out of range are refused and change nothing', async () => {
    const store = await SettingsStore.open(path);
    await expect(store.change({ verdictThreshold: 7 })).rejects.toThrow();
    expect(store.current).toEqual(DEFAULT_SETTINGS);
  });

  it('that cannot be saved hold, and the error names the file', async () => {
    const store = await SettingsStore.open(path);
    await writeFile(join(folder, 'deep'), 'a file where the folder should be');
    await expect(store.change({ mirror: false })).rejects.toThrow(`could not be saved to ${path}`);
    expect(store.current.mirror).toBe(false);
  });
});

describe('a settings file that cannot be used', () => {
  it.each([
    ['is not JSON', '{"version": 1, "mir'],
    ['is empty', ''],
    ['is another thing', '[1, 2]'],
    ['has a value out of range', '{"version": 1, "looksNeeded": 0}'],
    ['has a section that is none', '{"version": 2, "privacy": true}'],
    [
      'has a webhook that is no web address',
      '{"version": 2, "outputs": {"webhook": {"on": true, "url": "file:///etc/passwd", "verdicts": []}}}',
    ],
    ['has a setting that is not known', '{"version": 1, "telemetry": true}'],
    ['has no version', '{"mirror": false}'],
    ['was written by a newer maskwatch', '{"version": 3}'],
  ])('is set aside whole, with a notice, when it %s', async (_what, text) => {
    await put(text);
    const opened = performance.now();
    const store = await SettingsStore.open(path);
    recovered(`settings file that ${_what}, at the start`, opened);
    expect(store.current).toEqual(DEFAULT_SETTINGS);
    expect(store.notice).toContain(`the settings ${path} cannot be used`);
    const names = await readdir(join(folder, 'deep'));
    expect(names).toHaveLength(1);
    expect(names[0]).toMatch(/^settings\.json\.broken-/);
    expect(await readFile(join(folder, 'deep', names[0]!), 'utf8')).toBe(text);
    await store.change({ mirror: false });
    expect((await SettingsStore.open(path)).current.mirror).toBe(false);
  });

  it('cannot reach a setting through its prototype', async () => {
    await put('{"version": 1, "__proto__": {"mirror": false}}');
    expect((await SettingsStore.open(path)).current.mirror).toBe(DEFAULT_SETTINGS.mirror);
  });

  it('never stops the app, whatever it holds', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (text) => {
        await put(text);
        expect((await SettingsStore.open(path)).current).toEqual(DEFAULT_SETTINGS);
      }),
      { numRuns: 100 },
    );
  });

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'names the file it may not read',
    async () => {
      await put('{}');
      await chmod(path, 0);
      await expect(SettingsStore.open(path)).rejects.toThrow(`cannot read the settings ${path}`);
    },
  );
});

it('are kept where the system keeps such things', () => {
  expect(configFolder({ MASKWATCH_CONFIG: '/x' }, 'linux')).toBe('/x');
  expect(configFolder({ XDG_CONFIG_HOME: '/c' }, 'linux')).toBe('/c/maskwatch');
  expect(configFolder({}, 'linux')).toMatch(/\.config\/maskwatch$/);
  expect(configFolder({ APPDATA: '/a' }, 'win32')).toBe('/a/maskwatch');
  expect(configFolder({}, 'darwin')).toMatch(/Application Support\/maskwatch$/);
});
