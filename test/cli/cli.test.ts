/** What the verbs share: options, files that are named, exit codes of the whole. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageFiles } from '../../src-main/cli/images';
import { withMonitorOptions, type MonitorOptions } from '../../src-main/cli/monitor-options';
import { numberBetween } from '../../src-main/cli/options';
import { projectRoot } from '../../src-main/pages';
import { finished } from '../e2e/command';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-cli-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

describe('numbers', () => {
  it.each(['', ' ', 'ten', '1e', '0', '101', 'NaN', 'Infinity', '0x'])(
    '%j is refused with its range',
    (text) => {
      expect(() => numberBetween(1, 100)(text)).toThrow('It must be a number from 1 to 100.');
    },
  );
  it('are taken at both ends, and whole where they must be', () => {
    expect([numberBetween(1, 100)('1'), numberBetween(1, 100)('100')]).toEqual([1, 100]);
    expect(() => numberBetween(1, 100, true)('1.5')).toThrow('a whole number');
  });
});

describe('images', () => {
  it('are the files that are named and all of a folder’s, in order', async () => {
    const at = (...parts: string[]): string => join(folder, 'photos', ...parts);
    await mkdir(at('b'), { recursive: true });
    for (const name of ['c.JPG', 'a.png', 'notes.txt', join('b', 'x.webp')]) await writeFile(at(name), '');
    await writeFile(join(folder, 'odd.name'), '');
    expect(await imageFiles([join(folder, 'odd.name'), at()])).toEqual([
      join(folder, 'odd.name'),
      at('a.png'),
      at('b', 'x.webp'),
      at('c.JPG'),
    ]);
  });

  it('that are not there, or a folder without any, are named', async () => {
    await expect(imageFiles([join(folder, 'none.jpg')])).rejects.toThrow(
      `there is no ${join(folder, 'none.jpg')}`,
    );
    await mkdir(join(folder, 'empty'));
    await expect(imageFiles([join(folder, 'empty')])).rejects.toThrow(
      /empty holds no \.jpg, \.png or \.webp image/,
    );
  });
});

describe('options of a watch', () => {
  const parse = (...args: string[]): MonitorOptions =>
    withMonitorOptions(new Command())
      .exitOverride()
      .configureOutput({ writeErr: () => undefined })
      .parse(args, { from: 'user' })
      .opts<MonitorOptions>();

  it('are typed', () => {
    expect(
      parse('--source', 'f.mjpeg', '--for', '2.5', '--port', '8000', '--reach', 'far', '--json'),
    ).toMatchObject({
      source: 'f.mjpeg',
      for: 2.5,
      port: 8000,
      reach: 'far',
      json: true,
      host: 'auto',
    });
  });

  it.each([
    [['--port', '0']],
    [['--port', '80.5']],
    [['--for', '-1']],
    [['--source-fps', '0']],
    [['--reach', 'everywhere']],
    [['--host', 'safari']],
    [['--headless', '--kiosk']],
    [['--source', 'f', '--demo']],
    [['extra']],
  ])('are refused: %j', (args) => {
    expect(() => parse(...args)).toThrow();
  });
});

describe('the command line', () => {
  it('lists every verb, each with its help', async () => {
    const { code, stdout } = await finished(['--help'], folder);
    expect(code).toBe(0);
    const verbs = [...stdout.join('\n').matchAll(/^ {2}([a-z]+) \[options\]/gm)].map(([, verb]) => verb!);
    expect(verbs).toEqual(
      expect.arrayContaining(['monitor', 'classify', 'train', 'evaluate', 'report', 'bench', 'import']),
    );
    const helps = await Promise.all(verbs.map((verb) => finished([verb, '--help'], folder)));
    for (const help of helps) {
      expect(help.code).toBe(0);
      expect(help.stdout[0]).toMatch(/^Usage: maskwatch/);
      expect(help.stderr).toEqual([]);
    }
  }, 120_000);

  it('without a verb is wrong usage', async () => {
    const { code, stdout } = await finished([], folder);
    expect(code).toBe(2);
    expect(stdout).toEqual([]);
  });

  it('ends quietly when nobody reads on', async () => {
    const cli = join(projectRoot(), 'out', 'main', 'cli.js');
    const child = spawn('sh', ['-c', `"${process.execPath}" "${cli}" monitor --help | head -n 1`], {
      stdio: 'pipe',
    });
    let stderr = '';
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
    expect(stderr).toBe('');
  });
});
