/** The real Electron, where it is installed: the window opens on the film and sees its frames. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron } from 'playwright';
import { expect, it } from 'vitest';
import { electronProgram } from '../../src-main/cli/electron';
import { hasDisplay } from '../../src-main/kiosk/browser';
import { projectRoot } from '../../src-main/pages';
import { shortFilm } from '../e2e/film';

const executablePath = electronProgram();
const why =
  executablePath === null ? 'skipped: Electron is not installed' : hasDisplay() ? '' : 'skipped: no display';

it.skipIf(why !== '')(
  `Electron opens the live page and sees the film ${why}`.trim(),
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'maskwatch-electron-'));
    const { path } = await shortFilm();
    const electron = await _electron.launch({
      executablePath: executablePath!,
      args: [
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        join(projectRoot(), 'out', 'main', 'desktop.js'),
        ...['monitor', '--source', path, '--settings', join(folder, 'settings.json'), '--provider', 'cpu'],
      ],
    });
    try {
      const page = await electron.firstWindow();
      await page.waitForFunction('document.querySelector("video")?.videoWidth > 0');
      expect(page.url()).toBe('maskwatch://app/live/');
      expect(await page.evaluate('typeof require + typeof process')).toBe('undefinedundefined');
    } finally {
      await electron.close();
      await rm(folder, { recursive: true });
    }
  },
  120_000,
);
