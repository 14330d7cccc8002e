/**
 * Runs an installed Chromium, Chrome or Edge on one of our pages: as an app window, a full-screen kiosk or
 * headless, with a profile of its own that is thrown away, the camera granted to our origin and to no other,
 * and everything that would call home switched off. Knows processes; knows nothing of what the page does.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBrowser, howToInstallBrowser } from '../setup/find-browser.mjs';

export interface BrowserOptions {
  /** The page to open. */
  address: string;
  window: 'app' | 'kiosk' | 'headless';
  /** A prepared .mjpeg (see source.ts) to play as the only camera; null uses the machine's cameras. */
  camera?: string | null;
}

export interface Browser {
  pid: number;
  profile: string;
  /** Settles when the browser has ended, with its last words; never rejects. */
  ended: Promise<string>;
  /** Ends it and all its processes, and removes its profile. */
  kill(): Promise<void>;
}

/** Whether the machine has a display that windows can open on. */
export function hasDisplay(env: NodeJS.ProcessEnv = process.env, platform = process.platform): boolean {
  return platform !== 'linux' || Boolean(env['DISPLAY'] ?? env['WAYLAND_DISPLAY']);
}

/** A fresh profile in which only `origin` may use the camera, and nobody is asked. */
async function makeProfile(origin: string): Promise<string> {
  const profile = await mkdtemp(join(tmpdir(), 'maskwatch-browser-'));
  const allow = 1;
  const preferences = {
    profile: {
      content_settings: {
        exceptions: { media_stream_camera: { [`${origin},*`]: { setting: allow } } },
      },
      default_content_setting_values: { notifications: 2, geolocation: 2, media_stream_mic: 2 },
    },
    browser: { has_seen_welcome_page: true },
    translate: { enabled: false },
  };
  mkdirSync(join(profile, 'Default'));
  writeFileSync(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences));
  return profile;
}

/** The command line for the browser. */
export function browserArguments(options: BrowserOptions, profile: string, isRoot: boolean): string[] {
  return [
    `--user-data-dir=${profile}`,
    '--no-first-run',
    '--no-default-browser-check',
    // Nothing calls home.
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-domain-reliability',
    '--disable-sync',
    '--disable-quic',
    '--no-pings',
    '--disable-breakpad',
    '--disable-extensions',
    '--disable-features=Translate,MediaRouter,OptimizationHints,CertificateTransparencyComponentUpdater',
    // No question of a keyring stands before the picture.
    '--password-store=basic',
    '--use-mock-keychain',
    // The watch goes on behind other windows.
    '--disable-background-timer-throttling',
    '--disable-backgrounding-occluded-windows',
    '--disable-renderer-backgrounding',
    '--autoplay-policy=no-user-gesture-required',
    // The detector needs WebGL; a machine without a GPU may compute it. Only our own pages ever run here.
    '--enable-unsafe-swiftshader',
    // Chromium cannot sandbox as root; containers, where that happens, also have a tiny /dev/shm.
    ...(isRoot ? ['--no-sandbox', '--disable-dev-shm-usage', '--test-type'] : []),
    ...(typeof options.camera === 'string'
      ? ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${options.camera}`]
      : []),
    ...(options.window === 'headless'
      ? ['--headless=new', '--window-size=1280,800', options.address]
      : [
          ...(options.window === 'kiosk' ? ['--kiosk'] : ['--window-size=1280,860']),
          `--app=${options.address}`,
        ]),
  ];
}

/** Ends a process and everything it started. */
function killTree(pid: number): void {
  if (process.platform === 'win32') {
    execFile('taskkill', ['/PID', String(pid), '/T', '/F'], () => undefined);
    return;
  }
  try {
    process.kill(-pid, 'SIGKILL'); // Its process group: it was started detached.
  } catch {
    // Already gone.
  }
}

/**
 * Starts the browser.
 * @throws Error in one sentence when none is installed or it cannot be started
 */
export async function launchBrowser(options: BrowserOptions): Promise<Browser> {
  const program = findBrowser();
  if (program === null) throw new Error(howToInstallBrowser());
  const profile = await makeProfile(new URL(options.address).origin);
  const child = spawn(program, browserArguments(options, profile, process.getuid?.() === 0), {
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = watchEnd(child);
  if (child.pid === undefined) {
    await rm(profile, { recursive: true, force: true });
    throw new Error(`${program} cannot be started: ${await ended}`);
  }
  const { pid } = child;
  const clean = ended.then(async () => {
    killTree(pid);
    await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }).catch(
      () => undefined,
    );
  });
  return {
    pid,
    profile,
    ended,
    async kill() {
      killTree(pid);
      await clean;
    },
  };
}

/** Settles with the end of the browser's error output when it ends. */
function watchEnd(child: ChildProcess): Promise<string> {
  let words = '';
  child.stderr?.on('data', (data: Buffer) => {
    words = (words + data.toString()).slice(-2000);
  });
  return new Promise((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('exit', (code, signal) => {
      const lines = words.trim().split('\n');
      resolve(`it ended with ${signal ?? `code ${String(code)}`}: ${lines.at(-1) ?? ''}`.slice(0, 500));
    });
  });
}
