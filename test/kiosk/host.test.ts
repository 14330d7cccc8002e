/**
 * The browser host with a real browser and the real live page: it is opened, dies, hangs, is left behind by a
 * killed main, and is ended with everything it started.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { App, type AppOptions } from '../../src-main/app';
import { browserArguments, launchBrowser, type Browser } from '../../src-main/kiosk/browser';
import { BrowserHost, type HostOptions } from '../../src-main/kiosk/host';
import { isAlive, keepSession, leftSession, type Session } from '../../src-main/kiosk/session';
import { MemoryLimit } from '../../src-main/memory-limit';
import { Pulse } from '../../src-main/pulse';
import { Restarts } from '../../src-main/setup/restarts.mjs';
import { treeOf } from '../../src-main/kiosk/processes';
import { SettingsStore } from '../../src-main/store/settings';
import { recovered } from '../recovery';
import { colourModel, testCard, writeModel } from '../watch/models';

/** A page takes its time on a busy machine. */
const PAGE = 90_000;

let folder: string;
let sessionFile: string;
let film: string;
let app: App;
let appOptions: AppOptions;
let host: BrowserHost | null;
let notices: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-host-'));
  sessionFile = join(folder, 'session.json');
  film = join(folder, 'film.mjpeg');
  const background = { r: 90, g: 120, b: 90 };
  await writeFile(
    film,
    await sharp({ create: { width: 320, height: 240, channels: 3, background } })
      .jpeg()
      .toBuffer(),
  );
  appOptions = {
    version: 'test',
    model: await writeModel(folder, colourModel(32), testCard(32)),
    settings: await SettingsStore.open(join(folder, 'settings.json')),
    overrides: { provider: 'cpu' },
    source: { kind: 'file', name: 'film.mjpeg' },
  };
  app = await App.open(appOptions);
  host = null;
  notices = [];
});

afterEach(async () => {
  await host?.close();
  await app.close();
  await rm(folder, { recursive: true, force: true });
});

const open = async (options: Partial<HostOptions> = {}): Promise<BrowserHost> => {
  host = await BrowserHost.open({
    app,
    camera: film,
    sessionFile,
    onNotice: (message) => notices.push(message),
    ...options,
  });
  return host;
};
const session = async (): Promise<Session> => JSON.parse(await readFile(sessionFile, 'utf8')) as Session;
/** The next sign of life of the page. */
const alive = (): Promise<unknown> => new Promise((resolve) => app.once('alive', () => resolve(null)));

describe('the browser', () => {
  it(
    'opens the page, is started again when it dies, and is ended with all it started',
    async () => {
      const first = alive();
      await open();
      await first;
      const before = (await session()).browser!;
      const again = vi.waitFor(
        async () => {
          const { browser } = await session();
          expect(browser!.pid).not.toBe(before.pid);
          return browser!;
        },
        { timeout: PAGE },
      );
      const killed = performance.now();
      process.kill(before.pid, 'SIGKILL');
      const after = await again;
      await alive();
      recovered('browser killed', killed);
      expect(notices).toEqual(['the browser ended (SIGKILL): it is started again']);

      await host!.close();
      host = null;
      expect(isAlive(after.pid)).toBe(false);
      await expect(readFile(sessionFile)).rejects.toThrow('ENOENT');
      await expect(readFile(join(after.profile, 'Default', 'Preferences'))).rejects.toThrow('ENOENT');
    },
    2 * PAGE,
  );

  it.skipIf(process.platform === 'win32')(
    'that never shows a page is started again some times, and then given up',
    async () => {
      const program = join(folder, 'browser');
      await writeFile(program, '#!/bin/sh\nexec sleep 1000\n', { mode: 0o755 });
      vi.stubEnv('MASKWATCH_BROWSER', program);
      const restarts = new Restarts(undefined, [0, 10]);
      const ended = new Promise<string | null>((resolve) => {
        void open({ pulse: new Pulse(1, 0), restarts }).then((opened) => opened.on('end', resolve));
      });
      expect(await ended).toBe('the page does not answer, again and again');
      expect(notices).toEqual([
        'the page does not answer: it is started again',
        'the page does not answer: it is started again in 0.01 s',
      ]);
      vi.unstubAllEnvs();
    },
    PAGE,
  );
});

it.skipIf(process.platform === 'win32')(
  'fills its screen, or does not, as the settings say, on the screen where it was',
  async () => {
    await app.close();
    app = await App.open({ ...appOptions, window: { modes: ['window', 'kiosk'], frameless: false } });
    app.places.keep('app', { x: 30, y: 40, width: 900, height: 700 });
    app.places.keep('kiosk', { x: 1920, y: 0, width: 1080, height: 1920 });
    const typed = join(folder, 'typed');
    const program = join(folder, 'browser');
    const profile = '"${1#--user-data-dir=}/Default/Preferences"';
    await writeFile(program, `#!/bin/sh\necho "$@" $(cat ${profile}) >> ${typed}\nexec sleep 1000\n`, {
      mode: 0o755,
    });
    vi.stubEnv('MASKWATCH_BROWSER', program);
    await open();
    const opened = async (times: number): Promise<string> => {
      const lines = (await readFile(typed, 'utf8')).trim().split('\n');
      expect(lines).toHaveLength(times);
      return lines.at(-1)!;
    };
    await vi.waitFor(async () =>
      expect(await opened(1)).toContain('/live/":{"left":30,"top":40,"right":930,"bottom":740,'),
    );
    await app.change({ windowMode: 'kiosk' });
    await vi.waitFor(async () => expect(await opened(2)).toMatch(/--kiosk --window-position=1920,0 --app=/));
    // Above all others is what no browser can: its window stays among them.
    await app.change({ windowMode: 'window' });
    await vi.waitFor(async () => expect(await opened(3)).not.toContain('--kiosk'));
    await app.change({ windowMode: 'above' });
    await opened(3);
    vi.unstubAllEnvs();
  },
  PAGE,
);

it.skipIf(process.platform === 'win32')(
  'a window that fills the screen comes back when it is closed without the PIN, and ends the watch when there is none',
  async () => {
    await app.close();
    app = await App.open({
      ...appOptions,
      overrides: { ...appOptions.overrides, windowMode: 'kiosk' },
      window: { modes: ['window', 'kiosk'], frameless: false },
    });
    const program = join(folder, 'browser');
    // Ends at once and without an error, as when its window is closed.
    await writeFile(program, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    vi.stubEnv('MASKWATCH_BROWSER', program);
    const guarded = vi.spyOn(app, 'guarded', 'get').mockReturnValue(true);
    const ended = new Promise<string | null>((resolve) => {
      void open().then((opened) => opened.on('end', resolve));
    });
    await vi.waitFor(() => expect(notices[0]).toMatch(/^the browser ended .*: it is started again/));
    guarded.mockReturnValue(false);
    expect(await ended).toBeNull();
    vi.unstubAllEnvs();
  },
  PAGE,
);

it.skipIf(process.platform !== 'linux')(
  'a page that crashes in a browser that goes on is noticed by its line',
  async () => {
    const first = alive();
    await open();
    await first;
    const { pid } = (await session()).browser!;
    const killed = performance.now();
    for (const one of treeOf(pid)) if (one.kind === 'renderer') process.kill(one.pid, 'SIGKILL');
    await vi.waitFor(
      () => {
        expect(notices).toEqual(['the page has gone: it is started again']);
      },
      { timeout: PAGE },
    );
    await alive();
    recovered('page crashes', killed);
  },
  2 * PAGE,
);

it.skipIf(process.platform !== 'linux')(
  'a page that hangs is found out and started again, and says so when it is back',
  async () => {
    const first = alive();
    const opened = await open({ pulse: new Pulse(3) });
    await first;
    const { pid } = (await session()).browser!;
    const renderers = treeOf(pid).filter(({ kind }) => kind === 'renderer');
    expect(renderers.length).toBeGreaterThan(0);
    const stopped = performance.now();
    for (const renderer of renderers) process.kill(renderer.pid, 'SIGSTOP');
    await vi.waitFor(
      () => {
        expect(notices).toContain('the page does not answer: it is started again');
      },
      { timeout: PAGE },
    );
    await alive();
    recovered('page hangs', stopped);
    expect((await session()).browser!.pid).not.toBe(pid);
    expect(opened.address).toContain('127.0.0.1');
  },
  2 * PAGE,
);

it.skipIf(process.platform !== 'linux')(
  'a browser that takes too much memory is started again',
  async () => {
    const first = alive();
    // No browser is as small.
    await open({ memory: new MemoryLimit(1e6, 1) });
    await first;
    const { pid } = (await session()).browser!;
    const heavy = performance.now();
    await vi.waitFor(
      async () => {
        expect(notices[0]).toMatch(/^the page takes \d\.\d GB of memory: it is started again$/);
        expect((await session()).browser!.pid).not.toBe(pid);
      },
      { timeout: PAGE },
    );
    await alive();
    recovered('page takes too much memory', heavy);
  },
  2 * PAGE,
);

it.skipIf(process.platform !== 'linux')(
  'a page that fails again and again is given a rest, which the screen says, and is tried again',
  async () => {
    class Soon extends Restarts {
      override next(): number {
        super.next();
        return 5000;
      }
    }
    const first = alive();
    await open({ restarts: new Soon(undefined, []) });
    await first;
    process.kill((await session()).browser!.pid, 'SIGKILL');
    const opened = async (): Promise<string> => {
      const { pid } = (await session()).browser!;
      return readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => '');
    };
    await vi.waitFor(
      async () => {
        expect(await opened()).toMatch(/\/rest\/\?ticket=\w+#until=\d+&languages=en/);
      },
      { timeout: PAGE },
    );
    expect(notices).toEqual([expect.stringMatching(/SIGKILL.*: it is started again in 5 s$/)]);
    await alive();
    expect(await opened()).toContain('/live/');
  },
  2 * PAGE,
);

describe('a session', () => {
  let left: Browser;

  it('of a main that is alive is left alone', async () => {
    const other: Session = { pid: process.ppid, port: 40_000, token: 'ab'.repeat(24), browser: null };
    await keepSession(sessionFile, other);
    expect(await leftSession(sessionFile)).toBe('taken');
    const opened = await open();
    expect(new URL(opened.address).port).not.toBe('40000');
    expect(await session()).toEqual(other);
  });

  it('that is broken is as good as none', async () => {
    await writeFile(sessionFile, '{"pid": "x"');
    expect(await leftSession(sessionFile)).toBeNull();
  });

  it(
    'of a killed main gives its address again, and its browser is not left running',
    async () => {
      left = await launchBrowser({ address: 'http://127.0.0.1:9/live/', window: 'headless' });
      const dead = 2 ** 22 + 1; // Above any process number of Linux.
      const token = 'ab'.repeat(24);
      const { pid, profile } = left;
      // Opened with another camera, so that it cannot be used again.
      const browser = { pid, profile, window: 'headless' as const, camera: null };
      await keepSession(sessionFile, { pid: dead, port: 28_991, token, browser });
      const opened = await open();
      expect(opened.address).toBe(`http://127.0.0.1:28991/live/?token=${token}`);
      expect((await left.ended).reason).toMatch(/^SIGKILL/);
      expect((await session()).browser!.pid).not.toBe(pid);
    },
    PAGE,
  );

  it(
    'whose number now belongs to another program does no harm to that',
    async () => {
      const browser = { pid: process.pid, profile: folder, window: 'headless' as const, camera: film };
      await keepSession(sessionFile, { pid: 2 ** 22 + 1, port: 28_992, token: 'ab'.repeat(24), browser });
      await open();
      expect(isAlive(process.pid)).toBe(true);
    },
    PAGE,
  );
});

describe('the browser’s command line', () => {
  const of = (changes: object, isRoot = false): string[] =>
    browserArguments({ address: 'http://127.0.0.1:1/live/', window: 'app', ...changes }, '/profile', isRoot);

  it('gives up the sandbox for root only, and never grants all cameras', () => {
    expect(of({}).join(' ')).not.toContain('no-sandbox');
    expect(of({}, true)).toContain('--no-sandbox');
    expect(of({ camera: '/f.mjpeg' }).join(' ')).not.toContain('use-fake-ui');
  });

  it('plays a file only when there is one', () => {
    expect(of({ camera: null }).join(' ')).not.toContain('fake');
    expect(of({ camera: '/f.mjpeg' })).toContain('--use-file-for-fake-video-capture=/f.mjpeg');
  });

  it('opens an app window, a kiosk or nothing', () => {
    expect(of({})).toContain('--app=http://127.0.0.1:1/live/');
    expect(of({ window: 'kiosk' })).toContain('--kiosk');
    expect(of({ window: 'headless' })).toContain('--headless=new');
  });
});
