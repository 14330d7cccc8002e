/** Updates of the desktop app: off unless builder and operator both ask for them, and then as said. */
import { EventEmitter } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lookForUpdates, updateAddress, type Updater } from '../../src-main/desktop/updates';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-updates-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A package’s resources, built with such an address, as electron-builder writes it. */
const packaged = (url: string): Promise<void> =>
  writeFile(
    join(folder, 'app-update.yml'),
    `provider: generic\nurl: ${url}\nupdaterCacheDirName: maskwatch-updater\n`,
  );
const ON = { MASKWATCH_UPDATE: 'on' };

describe('the address of updates', () => {
  it('is none unless it is asked for, whatever the package has', async () => {
    await packaged('https://updates.example/maskwatch');
    expect(updateAddress({}, folder)).toBeNull();
    expect(updateAddress({ MASKWATCH_UPDATE: '' }, folder)).toBeNull();
  });

  it('is the one it was built with', async () => {
    await packaged('https://updates.example/maskwatch');
    expect(updateAddress(ON, folder)?.href).toBe('https://updates.example/maskwatch');
  });

  it('is refused where it is not https, or there is none, or what is asked for is something else', async () => {
    await packaged('http://updates.example/');
    expect(() => updateAddress(ON, folder)).toThrow(
      'no updates are taken from http://updates.example/: only https',
    );
    await writeFile(join(folder, 'app-update.yml'), 'provider: [');
    expect(() => updateAddress(ON, folder)).toThrow('packaged without an address of updates');
    expect(() => updateAddress(ON, join(folder, 'nowhere'))).toThrow('packaged without an address');
    expect(() => updateAddress(ON, undefined)).toThrow('packaged without an address');
    expect(() => updateAddress({ MASKWATCH_UPDATE: 'https://evil.example' }, folder)).toThrow(
      'it can only be "on"',
    );
  });
});

/** A recorded stand-in for electron-updater: its program replaces a packaged app, which there is not here. */
class StandIn extends EventEmitter implements Updater {
  autoDownload = false;
  autoInstallOnAppQuit = false;
  allowDowngrade = true;
  disableWebInstaller = false;
  logger: unknown = console;
  looks = 0;
  checkForUpdates(): Promise<unknown> {
    this.looks++;
    const error = new Error('net::ERR_NAME_NOT_RESOLVED\n    at somewhere');
    this.emit('error', error);
    return Promise.reject(error);
  }
}

it('are looked for again and again, a failure is said once, and what is there is installed at the end', async () => {
  const updater = new StandIn();
  const notices: string[] = [];
  const stop = await lookForUpdates(
    (message) => notices.push(message),
    () => Promise.resolve(updater),
    5,
  );
  expect(updater).toMatchObject({
    autoDownload: true,
    autoInstallOnAppQuit: true,
    allowDowngrade: false,
    disableWebInstaller: true,
    logger: null,
  });
  await expect.poll(() => updater.looks).toBeGreaterThan(3);
  stop();
  expect(notices).toEqual(['newer versions cannot be looked for now: net::ERR_NAME_NOT_RESOLVED']);
  updater.emit('update-downloaded', { version: '0.2.0' });
  expect(notices[1]).toBe('version 0.2.0 is there; it is installed when maskwatch quits');
  const { looks } = updater;
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect(updater.looks).toBe(looks);
});

it('have what electron-updater really is behind them', async () => {
  const real = await import('electron-updater');
  expect(typeof real.default.AppImageUpdater.prototype.checkForUpdates).toBe('function');
});
