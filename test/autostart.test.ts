/** Starting with the computer on Linux: the autostart file of a real folder, as desktops read it. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { autostartFile, keptOptions, startWithDesktop } from '../src-main/autostart';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-autostart-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('writes a file that starts maskwatch as it was started, and takes it away again', async () => {
  const file = autostartFile({ XDG_CONFIG_HOME: folder });
  expect(file).toBe(join(folder, 'autostart', 'maskwatch.desktop'));
  const command = ['/opt/my node', 'C:\\x', '100%', 'a"b$c`d', '--kiosk'];
  await startWithDesktop(true, command, file);
  const lines = (await readFile(file, 'utf8')).split('\n');
  expect(lines[0]).toBe('[Desktop Entry]');
  expect(lines).toContain('Type=Application');
  const exec = lines.find((line) => line.startsWith('Exec='))!.slice(5);
  // Undone as the specification says: the string's escapes first, then each quoted argument's, then field codes.
  const string = exec.replaceAll('\\\\', '\\');
  const typed = [...string.matchAll(/"((?:\\.|[^"\\])*)"/g)].map(([, argument]) =>
    argument!.replace(/\\(.)/g, '$1').replaceAll('%%', '%'),
  );
  expect(typed).toEqual(command);
  await startWithDesktop(false, command, file);
  await expect(stat(file)).rejects.toThrow('ENOENT');
  // Again: there is nothing to take away.
  await startWithDesktop(false, command, file);
});

it('says in a sentence when it cannot be written', async () => {
  await writeFile(join(folder, 'autostart'), 'a file where the folder should be');
  const file = autostartFile({ XDG_CONFIG_HOME: folder });
  await expect(startWithDesktop(true, ['x'], file)).rejects.toThrow(`${file} cannot be written`);
});

it('keeps what holds for every start, and nothing of a trial', () => {
  const typed = [
    '--kiosk',
    '--source',
    'film.mjpeg',
    '--port=9000',
    '--reach',
    'far',
    '--for',
    '10',
    '--json',
  ];
  expect(keptOptions(typed)).toEqual(['--kiosk', '--port=9000', '--reach', 'far']);
});
