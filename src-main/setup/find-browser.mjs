// @ts-check
/**
 * Finds an installed Chromium, Chrome or Edge. Plain JavaScript and Node only: it runs before anything is
 * installed, and the browser host and the tests use the same answer.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';

/** The environment variable that names the browser to use. */
export const BROWSER_VARIABLE = 'MASKWATCH_BROWSER';

const LINUX_NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'microsoft-edge-stable',
  'microsoft-edge',
];
const MAC_APPS = ['Google Chrome', 'Chromium', 'Microsoft Edge'];
const WINDOWS_PATHS = [
  ['Google', 'Chrome', 'Application', 'chrome.exe'],
  ['Chromium', 'Application', 'chrome.exe'],
  ['Microsoft', 'Edge', 'Application', 'msedge.exe'],
];

/**
 * Whether a program or folder is of the snap system.
 * @param {string} path
 */
export const isSnap = (path) => path.startsWith('/snap/');

/** @param {string} path */
function canRun(path) {
  try {
    accessSync(path, process.platform === 'win32' ? constants.F_OK : constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Every place a browser may be at, best first.
 * @param {NodeJS.ProcessEnv} env
 * @param {NodeJS.Platform} platform
 * @returns {string[]}
 */
export function browserPlaces(env, platform) {
  if (platform === 'darwin') {
    const roots = ['/Applications', ...(env['HOME'] ? [join(env['HOME'], 'Applications')] : [])];
    return roots.flatMap((root) => MAC_APPS.map((app) => `${root}/${app}.app/Contents/MacOS/${app}`));
  }
  if (platform === 'win32') {
    const roots = [env['PROGRAMFILES'], env['PROGRAMFILES(X86)'], env['LOCALAPPDATA']];
    return WINDOWS_PATHS.flatMap((parts) => roots.flatMap((root) => (root ? [join(root, ...parts)] : [])));
  }
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  // A service or a cron job may run with a bare PATH.
  const all = [...new Set([...folders, '/usr/bin', '/usr/local/bin', '/snap/bin'])];
  // A snap sees few folders of the machine, and no film to play as the camera: the last choice.
  const [snaps, others] = [all.filter(isSnap), all.filter((folder) => !isSnap(folder))];
  return [others, snaps].flatMap((some) =>
    LINUX_NAMES.flatMap((name) => some.map((folder) => join(folder, name))),
  );
}

/**
 * The browser to run, or null when none is installed.
 * @param {NodeJS.ProcessEnv} [env]
 * @param {NodeJS.Platform} [platform]
 * @returns {string | null} path of its program
 * @throws {Error} when MASKWATCH_BROWSER names a file that cannot be run
 */
export function findBrowser(env = process.env, platform = process.platform) {
  const named = env[BROWSER_VARIABLE];
  if (named !== undefined && named !== '') {
    if (canRun(named)) return named;
    throw new Error(`${BROWSER_VARIABLE} is ${named}, which is not a program that can be run`);
  }
  return browserPlaces(env, platform).find(canRun) ?? null;
}

/**
 * What to tell someone whose machine has no browser.
 * @param {NodeJS.Platform} [platform]
 */
export function howToInstallBrowser(platform = process.platform) {
  const how =
    platform === 'linux' ? 'e.g. `sudo apt-get install chromium`' : 'e.g. Chrome from google.com/chrome';
  return `no Chromium, Chrome or Edge was found: install one (${how}) or name it in ${BROWSER_VARIABLE}`;
}
