/**
 * Newer versions of the packaged desktop app, by electron-updater: off. Two people have to want them: who builds the
 * package gives their address (MASKWATCH_UPDATES, see .config/electron-builder.mjs), who runs it says MASKWATCH_UPDATE=on.
 * Neither is a setting: a page that was taken over could change a setting, and must not choose what is installed.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** Milliseconds between two looks. */
const LOOK_EVERY = 6 * 3_600_000;

/**
 * Where newer versions are looked for; null where nobody asked for that.
 * @param resources the packaged app's folder of resources
 * @throws Error in one sentence when it was asked for and cannot be
 */
export function updateAddress(
  env: NodeJS.ProcessEnv = process.env,
  resources: string | undefined = process.resourcesPath,
): URL | null {
  const wanted = env['MASKWATCH_UPDATE'];
  if (wanted === undefined || wanted === '') return null;
  if (wanted !== 'on') throw new Error(`MASKWATCH_UPDATE is ${wanted}: it can only be "on"`);
  let address: unknown;
  try {
    const file: unknown = parse(readFileSync(join(resources ?? '', 'app-update.yml'), 'utf8'));
    address = (file as { url?: unknown } | null)?.url;
  } catch {
    // What it lacks is said below.
  }
  if (typeof address !== 'string' || !URL.canParse(address))
    throw new Error('MASKWATCH_UPDATE is on, but this maskwatch was packaged without an address of updates');
  const url = new URL(address);
  if (url.protocol !== 'https:')
    throw new Error(`no updates are taken from ${url.href}: only https says who sends them`);
  return url;
}

/** What of electron-updater's is used. */
export interface Updater {
  autoDownload: boolean;
  autoInstallOnAppQuit: boolean;
  allowDowngrade: boolean;
  disableWebInstaller: boolean;
  logger: unknown;
  on(name: 'error', listener: (error: Error) => void): unknown;
  on(name: 'update-downloaded', listener: (info: { version: string }) => void): unknown;
  checkForUpdates(): Promise<unknown>;
}

/** Only now is electron-updater loaded at all. It is CommonJS, whose `autoUpdater` is made when it is first read. */
const electronUpdater = async (): Promise<Updater> => (await import('electron-updater')).default.autoUpdater;

/**
 * Looks now and four times a day; what is newer is fetched, checked against its publisher's sum and signature, and
 * installed when maskwatch quits: never while it watches.
 * @param notice told in a sentence of what is there, and once of what does not work
 * @returns ends the looking
 */
export async function lookForUpdates(
  notice: (message: string) => void,
  open: () => Promise<Updater> = electronUpdater,
  every = LOOK_EVERY,
): Promise<() => void> {
  const updater = await open();
  updater.autoDownload = true;
  updater.autoInstallOnAppQuit = true;
  updater.allowDowngrade = false;
  updater.disableWebInstaller = true;
  updater.logger = null;
  let failing = false;
  updater.on('error', ({ message }) => {
    if (!failing) notice(`newer versions cannot be looked for now: ${message.split('\n')[0] ?? ''}`);
    failing = true;
  });
  updater.on('update-downloaded', ({ version }) => {
    failing = false;
    notice(`version ${version} is there; it is installed when maskwatch quits`);
  });
  const look = (): void => {
    // A failure is an event too, and told there.
    updater.checkForUpdates().catch(() => undefined);
  };
  look();
  const timer = setInterval(look, every).unref();
  return () => {
    clearInterval(timer);
  };
}
