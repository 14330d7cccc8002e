/**
 * The Electron host against a recorded stand-in of Electron, with the real app, model and settings behind it: what
 * it asks of Electron, whom it answers, and how it ends. Tests run in order; the host is started once.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MessagePort } from 'node:worker_threads';
import type { BrowserWindow, BrowserWindowConstructorOptions, Session } from 'electron';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Job, Look, Start, Summary } from '../../src-main/api';
import { LINE, OPEN_LINE } from '../../src-main/desktop/messages';
import { LiveWindow } from '../../src-main/desktop/live-window';
import { openLiveWindow, weighPage } from '../../src-main/desktop/windows';
import { MemoryLimit } from '../../src-main/memory-limit';
import { Pulse } from '../../src-main/pulse';
import { colourModel, flatCrops, testCard, writeModel } from '../watch/models';
import * as electron from './electron-stand-in';

vi.mock('electron', () => import('./electron-stand-in'));

let folder: string;
let film: string;
let argv: string[];
let printed: string;

/** Indices of the calls of a name. */
const at = (name: string): number[] => electron.calls.flatMap(([called], i) => (called === name ? [i] : []));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-desktop-'));
  film = join(folder, 'film.mjpeg');
  const background = { r: 90, g: 120, b: 90 };
  await writeFile(
    film,
    await sharp({ create: { width: 64, height: 48, channels: 3, background } })
      .jpeg()
      .toBuffer(),
  );
  const model = await writeModel(folder, colourModel(32), testCard(32));

  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  argv = process.argv;
  const options = ['--source', film, '--json', '--model', model, '--provider', 'cpu'];
  process.argv = [
    'electron',
    'out/main/desktop.js',
    'monitor',
    ...options,
    '--settings',
    join(folder, 's.json'),
  ];
  vi.stubEnv('MASKWATCH_CONFIG', folder);
  await import('../../src-main/desktop/main');
});

afterAll(async () => {
  process.argv = argv;
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

describe('before Electron is ready', () => {
  it('the scheme, the sandbox and the camera’s file are set, and the entry does not wait for what waits for it', () => {
    expect(electron.calls.find(([name]) => name === 'registerSchemesAsPrivileged')?.[1]).toEqual([
      {
        scheme: 'maskwatch',
        privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
      },
    ]);
    expect(at('enableSandbox')).toHaveLength(1);
    const switches = electron.calls.filter(([name]) => name === 'appendSwitch').map(([, ...args]) => args);
    expect(switches).toContainEqual(['use-file-for-fake-video-capture', film]);
    // No name but with updates, which nobody asked for.
    expect(switches).toContainEqual(['host-resolver-rules', 'MAP * ~NOTFOUND']);
    expect(electron.calls).toContainEqual(['setPath', 'userData', join(folder, 'electron')]);
    expect(electron.windows).toHaveLength(0);
    expect(at('fromPartition')).toHaveLength(0);
  });
});

describe('the window', () => {
  it('opens the live page, sandboxed and isolated, on a session that keeps nothing', async () => {
    electron.becomeReady();
    await vi.waitFor(() => {
      expect(at('loadURL')).toHaveLength(1);
    }, 20_000);
    expect(electron.calls.find(([name]) => name === 'fromPartition')).toEqual(['fromPartition', 'maskwatch']);
    expect(electron.calls.find(([name]) => name === 'loadURL')).toEqual(['loadURL', 'maskwatch://app/live/']);
    const { webPreferences, frame, kiosk } = electron.windows[0]!.options as BrowserWindowConstructorOptions;
    expect([frame, kiosk]).toEqual([false, false]);
    expect(webPreferences).toMatchObject({
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      backgroundThrottling: false,
    });
    // All that guards the session stands before a page is loaded.
    for (const guard of ['permissionRequest', 'permissionCheck', 'onBeforeRequest', 'protocol.handle']) {
      expect(at(guard)[0]).toBeLessThan(at('loadURL')[0]!);
    }
  });

  it('goes nowhere else and opens no other', () => {
    const { webContents } = electron.windows[0]!;
    const leaves = (event: string, url: string): boolean => {
      const preventDefault = vi.fn();
      webContents.emit(event, { url, preventDefault });
      return preventDefault.mock.calls.length === 0;
    };
    expect(leaves('will-navigate', 'https://evil.example/')).toBe(false);
    expect(leaves('will-navigate', 'maskwatch://apple/live/')).toBe(false);
    expect(leaves('will-navigate', 'file:///etc/passwd')).toBe(false);
    expect(leaves('will-redirect', 'https://evil.example/')).toBe(false);
    expect(leaves('will-attach-webview', 'maskwatch://app/live/')).toBe(false);
    expect(leaves('will-navigate', 'maskwatch://app/live/')).toBe(true);
    expect(electron.handlers['windowOpen']!()).toEqual({ action: 'deny' });
  });

  it('loads a page that crashed again', async () => {
    electron.windows[0]!.webContents.emit('render-process-gone', {}, { reason: 'crashed' });
    await expect.poll(() => at('loadURL')).toHaveLength(2);
    electron.windows[0]!.webContents.emit('render-process-gone', {}, { reason: 'clean-exit' });
    expect(at('loadURL')).toHaveLength(2);
    expect(electron.calls[at('loadURL')[1]!]).toEqual(['loadURL', 'maskwatch://app/live/']);
    electron.windows[0]!.emit('unresponsive');
    expect(at('forcefullyCrashRenderer')).toHaveLength(1);
  });

  it('loads a page again that says nothing for ten seconds, though nobody types or clicks', async () => {
    vi.useFakeTimers();
    const notices: string[] = [];
    const pulse = new Pulse();
    const before = electron.windows.length;
    await openLiveWindow({
      session: {} as Session,
      ...{ kiosk: true, hidden: false, place: null, pulse },
      visitors: () => ['en'],
      mayClose: () => true,
      onNotice: (message) => notices.push(message),
    });
    const [window] = electron.windows.splice(before) as [electron.BrowserWindow];
    const crashed = () => at('forcefullyCrashRenderer').length;
    const [crashedBefore, loadedBefore] = [crashed(), at('loadURL').length];
    // It opens slowly, and then lives a while.
    vi.advanceTimersByTime(90_000);
    for (let second = 0; second < 30; second++) {
      pulse.beats();
      vi.advanceTimersByTime(1000);
    }
    vi.advanceTimersByTime(8000);
    expect(crashed()).toBe(crashedBefore);
    vi.advanceTimersByTime(1000);
    expect(crashed()).toBe(crashedBefore + 1);
    expect(notices).toEqual(['the page does not answer: it is loaded again']);
    window.webContents.emit('render-process-gone', {}, { reason: 'killed' });
    vi.advanceTimersByTime(0);
    expect(at('loadURL')).toHaveLength(loadedBefore + 1);
    // It has its time to open again; closed, nobody listens to it.
    vi.advanceTimersByTime(100_000);
    window.emit('closed');
    vi.advanceTimersByTime(100_000);
    expect(crashed()).toBe(crashedBefore + 1);
    vi.useRealTimers();
  });

  it('loads a page again that grows without end, and not for a moment’s peak', async () => {
    const notices: string[] = [];
    const window = electron.windows[0]! as unknown as BrowserWindow;
    const weigh = (megabytes: number): void => {
      electron.app.metrics = [
        { pid: 1, memory: { workingSetSize: 9e6 } },
        { pid: 4711, memory: { workingSetSize: megabytes * 1000 } },
      ];
    };
    const before = at('forcefullyCrashRenderer').length;
    weigh(200);
    const timer = weighPage(window, (message) => notices.push(message), new MemoryLimit(1e9, 0.005));
    weigh(3000);
    await expect.poll(() => at('forcefullyCrashRenderer').length).toBeGreaterThan(before);
    clearInterval(timer);
    expect(notices[0]).toBe('the page takes 3.1 GB of memory: it is loaded again');
    const limit = new MemoryLimit(1e9);
    expect([2e9, 2e9, 1, 2e9, 2e9, null, 2e9].map((bytes) => limit.weighed(bytes))).toEqual(
      Array(7).fill(null),
    );
  });

  it('says on the screen that it waits, when the page crashed again and again', () => {
    const window = electron.windows[0]!;
    const loaded = () => electron.calls.filter(([name]) => name === 'loadURL').map(([, address]) => address);
    const before = loaded().length;
    // The sixth within a minute: five are tried again quickly.
    for (let n = 0; n < 5; n++) window.webContents.emit('render-process-gone', {}, { reason: 'oom' });
    expect(loaded().slice(before)).toEqual([
      expect.stringMatching(/^maskwatch:\/\/app\/rest\/#until=\d+&languages=en$/),
    ]);
  });
});

describe('permission', () => {
  const own = 'maskwatch://app/live/';
  const asks = (permission: string, url: string, mediaTypes?: string[], isMainFrame = true): boolean => {
    let answer = false;
    const take = (given: boolean): void => {
      answer = given;
    };
    const request = electron.handlers['permissionRequest'] as unknown as (...args: unknown[]) => void;
    request({}, permission, take, { requestingUrl: url, mediaTypes, isMainFrame });
    return answer;
  };
  const check = (permission: string, origin: string, mediaType: string): unknown =>
    (electron.handlers['permissionCheck'] as unknown as (...args: unknown[]) => unknown)(
      null,
      permission,
      origin,
      {
        mediaType,
      },
    );

  it('is given to our own page for the camera', () => {
    expect(asks('media', own, ['video'])).toBe(true);
    expect(check('media', 'maskwatch://app', 'video')).toBe(true);
    expect(check('media', 'maskwatch://app/', 'unknown')).toBe(true);
  });

  it.each([
    ['the microphone', 'media', own, ['audio']],
    ['camera and microphone', 'media', own, ['video', 'audio']],
    ['the screen', 'display-capture', own, ['video']],
    ['a place', 'geolocation', own, undefined],
    ['another site', 'media', 'https://evil.example/', ['video']],
    ['a name that begins like ours', 'media', 'maskwatch://app.evil/', ['video']],
    ['an unnamed kind of media', 'media', own, []],
  ])('is refused for %s', (_what, permission, url, types) => {
    expect(asks(permission, url, types)).toBe(false);
  });

  it('is refused in a frame, for the microphone’s check and for devices', () => {
    expect(asks('media', own, ['video'], false)).toBe(false);
    expect(check('media', 'maskwatch://app', 'audio')).toBe(false);
    expect(check('media', 'https://evil.example', 'video')).toBe(false);
    expect(electron.handlers['devicePermission']!()).toBe(false);
  });

  it('to reach anything but our own files is not given', () => {
    const reaches = (url: string): boolean => {
      const answer = vi.fn();
      (electron.handlers['onBeforeRequest'] as unknown as (...args: unknown[]) => void)({ url }, answer);
      return !(answer.mock.calls[0]![0] as { cancel: boolean }).cancel;
    };
    expect(reaches('maskwatch://app/assets/a.js')).toBe(true);
    expect(reaches('blob:maskwatch://app/1')).toBe(true);
    expect(reaches('https://evil.example/?picture')).toBe(false);
    expect(reaches('ws://127.0.0.1:80/')).toBe(false);
    expect(reaches('file:///etc/passwd')).toBe(false);
  });
});

interface KeyEntry {
  role?: string;
  accelerator?: string;
  click?: () => void;
}
const keyMenu = (): KeyEntry[] => (lastOf('setApplicationMenu') as [[{ submenu: KeyEntry[] }]])[0][0].submenu;
const key = (accelerator: string): void =>
  keyMenu().find((entry) => entry.accelerator === accelerator)!.click!();

/** Asks for a line as a page does. @returns the page's end; null where it is refused */
const ask = (url: string, parent: object | null = null): MessagePort | null => {
  let port: MessagePort | null = null;
  const postMessage = (channel: string, _message: unknown, ports: MessagePort[]): void => {
    expect(channel).toBe(LINE);
    port = ports[0] ?? null;
  };
  electron.ipcMain.emit(OPEN_LINE, { senderFrame: { url, parent, postMessage } });
  return port;
};
const call = (port: MessagePort, m: string, a: unknown[]): Promise<unknown> =>
  new Promise((resolve) => {
    const take = (message: { t: string; i?: string }): void => {
      if (message.t !== 's' || message.i !== m) return;
      port.off('message', take);
      resolve(message);
    };
    port.on('message', take);
    port.postMessage({ t: 'q', i: m, m, a });
  });

describe('a line', () => {
  it('is refused to other origins, to frames and to pages that have gone', () => {
    expect(ask('https://evil.example/')).toBeNull();
    expect(ask('maskwatch://app.evil/live/')).toBeNull();
    expect(ask('maskwatch://app/live/', {})).toBeNull();
    electron.ipcMain.emit(OPEN_LINE, { senderFrame: null });
  });

  it('carries calls to the app, which classifies with the real model', async () => {
    const port = ask('maskwatch://app/live/')!;
    const start = (await call(port, 'hello', [])) as { r: Start };
    expect(start.r.status.source).toEqual({ kind: 'file', name: 'film.mjpeg' });
    // Reddish stripes: the model answers by colour, and a look must be sharp to count.
    const crops = flatCrops([[250, 10, 10]], 32).map((byte, i) =>
      Math.floor(i / 12) % 2 ? byte : byte >> 1,
    );
    const frame = (id: number): unknown => ({
      id,
      time: 1000 + id * 40,
      width: 640,
      height: 480,
      regions: [[0, 0, 640, 480]],
      faces: [{ box: [200, 100, 120, 160], score: 0.95 }],
      crops,
    });
    let look: { r: Look } | undefined;
    for (let id = 0; id < 3; id++) look = (await call(port, 'look', [frame(id)])) as { r: Look };
    expect(look?.r.tracks).toHaveLength(1);
    expect(look?.r.tracks[0]?.probabilities.correct).toBeGreaterThan(0.5);
    const refused = (await call(port, 'look', [{ hostile: true }])) as { e: Error };
    expect(refused.e.message).toMatch(/look was called wrongly/);
    port.close();
  });

  it('has jobs run in a utility process', async () => {
    // At the lowest priority it would wait for whatever else the machine does.
    vi.stubEnv('MASKWATCH_JOB_PRIORITY', '0');
    const port = ask('maskwatch://app/live/')!;
    const nowhere = join(folder, 'nowhere');
    await call(port, 'addJob', [{ kind: 'evaluate', data: [nowhere], model: 'shipped' }]);
    await vi.waitFor(async () => {
      const { r: jobs } = (await call(port, 'jobs', [])) as { r: Job[] };
      expect(jobs[0]?.fault).toBe(`there is no folder ${nowhere}`);
    }, 20_000);
    expect(electron.calls).toContainEqual(['utilityProcess.fork', 'maskwatch job']);
    vi.unstubAllEnvs();
    port.close();
  });
});

describe('the desk', () => {
  interface Entry {
    label?: string;
    type?: string;
    click?: () => void;
    submenu?: Entry[];
  }
  const menu = (): Entry[] =>
    electron.calls.findLast(([name]) => name === 'tray.setContextMenu')![1] as Entry[];
  const press = (label: string): void => {
    const all = menu().flatMap((entry) => [entry, ...(entry.submenu ?? [])]);
    all.find((entry) => entry.label === label)!.click!();
  };

  it('has a tray with the menu in the system’s language, whose icon shows how things stand', async () => {
    expect(menu().map(({ label }) => label)).toEqual(
      expect.arrayContaining([
        'Live-Fenster zeigen',
        'Pausieren',
        'Statistik',
        'Einstellungen',
        'maskwatch beenden',
      ]),
    );
    press('Für 15 Minuten');
    expect(menu().map(({ label }) => label)).toContain('Weiter beobachten');
    await vi.waitFor(() => {
      const [, image] = electron.calls.findLast(([name]) => name === 'tray.setImage')!;
      expect((image as { representations: unknown[] }).representations).toHaveLength(2);
    });
    press('Weiter beobachten');
  });

  it('opens its pages in a window as guarded as the live one, once', async () => {
    press('Statistik');
    await vi.waitFor(() => {
      expect(electron.windows).toHaveLength(2);
    });
    expect(electron.calls.findLast(([name]) => name === 'loadURL')![1]).toBe(
      'maskwatch://app/desk/#statistics',
    );
    const [live, desk] = electron.windows.map(({ options }) => options as BrowserWindowConstructorOptions);
    expect(desk!.webPreferences).toEqual(live!.webPreferences);
    await Promise.resolve();
    press('Statistik');
    expect(electron.windows).toHaveLength(2);
  });

  it('makes the live window small in the corner, above all others, and large again', () => {
    const before = electron.windows[0]!.bounds;
    press('In einer Ecke, über anderen Fenstern');
    expect(electron.windows[0]!.bounds).toEqual({ x: 1484, y: 704, width: 420, height: 320 });
    expect(lastOf('setAlwaysOnTop')).toEqual([true]);
    press('In einer Ecke, über anderen Fenstern');
    expect(electron.windows[0]!.bounds).toEqual(before);
    expect(lastOf('setAlwaysOnTop')).toEqual([false]);
  });
});

/** What a call was last given. */
const lastOf = (name: string): unknown[] | undefined =>
  electron.calls.findLast(([called]) => called === name)?.slice(1);

describe('the live window', () => {
  it('that was left small opens small, above all others, and grows as windows usually are', () => {
    const window = new electron.BrowserWindow({});
    window.bounds = { x: 1484, y: 704, width: 420, height: 320 };
    const live = new LiveWindow(window as unknown as BrowserWindow, 'window');
    expect(lastOf('setAlwaysOnTop')).toEqual([true]);
    live.toggleSmall();
    expect(window.bounds).toEqual({ x: 192, y: 104, width: 1536, height: 832 });
    expect(lastOf('setAlwaysOnTop')).toEqual([false]);
    live.become('above');
    live.toggleSmall();
    live.toggleSmall();
    expect(lastOf('setAlwaysOnTop')).toEqual([true]);
  });

  it('that filled the screen from the start is smaller than it afterwards', () => {
    const window = new electron.BrowserWindow({});
    window.bounds = { x: 0, y: 0, width: 1920, height: 1080 };
    const live = new LiveWindow(window as unknown as BrowserWindow, 'kiosk');
    live.order('minimise');
    live.order('fill');
    expect([window.fullScreen, at('minimize').length]).toEqual([false, 0]);
    live.become('window');
    window.emit('leave-full-screen');
    expect(window.bounds).toEqual({ x: 192, y: 104, width: 1536, height: 832 });
  });

  it('does what page and keyboard ask, and as a kiosk is not left without the PIN', async () => {
    const port = ask('maskwatch://app/live/')!;
    const { r: start } = (await call(port, 'hello', [])) as { r: Start };
    expect(start.status.window).toEqual({ modes: ['window', 'above', 'kiosk'], frameless: true });
    const live = electron.windows[0]!;
    await call(port, 'orderWindow', ['fill']);
    expect(live.fullScreen).toBe(true);
    key('F11');
    expect(live.fullScreen).toBe(false);
    await call(port, 'orderWindow', ['minimise']);
    expect(at('minimize')).toHaveLength(1);
    // In the desk's window the same keys are that window's.
    electron.BrowserWindow.focused = electron.windows[1]!;
    key('F11');
    expect([live.fullScreen, electron.windows[1]!.fullScreen]).toEqual([false, true]);
    electron.BrowserWindow.focused = live;

    await call(port, 'changeSettings', [{ windowMode: 'kiosk' }]);
    expect(lastOf('setKiosk')).toEqual([true]);
    key('CommandOrControl+M');
    expect(at('minimize')).toHaveLength(1);
    const preventDefault = vi.fn();
    live.emit('close', { preventDefault });
    expect(preventDefault).not.toHaveBeenCalled();
    await call(port, 'setPin', [null, '2468']);
    live.emit('close', { preventDefault });
    expect(preventDefault).toHaveBeenCalledTimes(1);
    await call(port, 'setPin', ['2468', null]);
    await call(port, 'changeSettings', [{ windowMode: 'window' }]);
    expect(lastOf('setKiosk')).toEqual([false]);
    port.close();
  });

  it('gives the keyboard no developer tools and no way to load the page anew', () => {
    const keys = keyMenu();
    expect(keys.map(({ role }) => role).filter(Boolean)).toEqual(
      expect.arrayContaining(['copy', 'paste', 'zoomIn', 'resetZoom']),
    );
    for (const { role = '' } of keys) expect(role).not.toMatch(/reload|devtools/i);
  });
});

it('ends at a signal with the summary', async () => {
  process.emit('SIGINT', 'SIGINT');
  expect(await electron.exit).toBe(0);
  const lines = printed.trim().split('\n');
  const summary = JSON.parse(lines.at(-1)!) as Summary;
  expect(summary).toMatchObject({ type: 'summary', frames: 3, provider: 'cpu' });
});
