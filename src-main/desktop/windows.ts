/**
 * The windows: sandboxed, isolated, on a session that keeps nothing. A live page that crashes or hangs is loaded again;
 * it brings the bar it is moved by, as its window has no frame.
 * (Electron's security checklist: 2 to 4, no Node integration, context isolation, sandbox.)
 */
import { join } from 'node:path';
import { app, BrowserWindow, screen } from 'electron';
import type { BrowserWindowConstructorOptions, Session } from 'electron';
import type { Language, Place } from '../api';
import { MemoryLimit } from '../memory-limit';
import { projectRoot, restFragment } from '../pages';
import type { Pulse } from '../pulse';
import { inWords, Restarts } from '../setup/restarts.mjs';
import { onScreen } from '../store/window-places';
import { guardContents } from './permissions';
import { pageAddress } from './protocol';

export interface WindowOptions {
  session: Session;
  /** Fill the screen from the start. */
  kiosk: boolean;
  /** Where it was when it was last open; where no screen shows that, it opens as if for the first time. */
  place: Place | null;
  /** Whether it may be closed now: a kiosk's not by who does not know the PIN. */
  mayClose: () => boolean;
  /** Opened, but not shown. */
  hidden: boolean;
  /** The page's signs of life. Electron's own `unresponsive` comes only when somebody types or clicks, which at a door nobody does. */
  pulse: Pulse;
  /** What visitors read. */
  visitors: () => readonly Language[];
  /** Told in a sentence of what happened and was dealt with. */
  onNotice: (message: string) => void;
}

/** What every window of ours is. */
const ours = (session: Session): BrowserWindowConstructorOptions => ({
  show: false,
  autoHideMenuBar: true,
  title: 'maskwatch',
  backgroundColor: '#101418',
  webPreferences: {
    preload: join(projectRoot(), 'out', 'preload', 'preload.cjs'),
    session,
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    webSecurity: true,
    // The watch goes on behind other windows.
    backgroundThrottling: false,
    spellcheck: false,
  },
});

/** Opens a page of the desk. @param section as in the menu */
export async function openDeskWindow(session: Session, section: string): Promise<BrowserWindow> {
  const window = new BrowserWindow({ ...ours(session), width: 1200, height: 820 });
  guardContents(window.webContents);
  window.once('ready-to-show', () => {
    window.show();
  });
  await window.loadURL(`${pageAddress('desk')}#${section}`);
  return window;
}

/** Opens the live page. */
export async function openLiveWindow(options: WindowOptions): Promise<BrowserWindow> {
  const screens = screen.getAllDisplays().map(({ workArea }) => workArea);
  const window = new BrowserWindow({
    ...ours(options.session),
    width: 1280,
    height: 860,
    minWidth: 320,
    minHeight: 240,
    ...onScreen(options.place, screens),
    frame: false,
    kiosk: options.kiosk,
  });
  guardContents(window.webContents);
  window.on('close', (event) => {
    if (!options.mayClose()) event.preventDefault();
  });
  if (!options.hidden) window.once('ready-to-show', () => window.show());

  const { pulse } = options;
  const restarts = new Restarts();
  /** Set while it is to be loaded again: until then, silence is to be expected. */
  let again: NodeJS.Timeout | undefined;
  const weighing = weighPage(window, options.onNotice);
  const listening = setInterval(() => {
    if (again === undefined && pulse.tick()) hangs();
  }, 1000);
  window.once('closed', () => {
    clearTimeout(again);
    clearInterval(weighing);
    clearInterval(listening);
  });
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return;
    const pause = restarts.next();
    const when = pause === 0 ? '' : ` in ${inWords(pause)}`;
    options.onNotice(`the page crashed (${reason}): it is loaded again${when}`);
    clearTimeout(again);
    again = setTimeout(() => {
      again = undefined;
      pulse.opens();
      show(pageAddress('live'));
    }, pause);
    // A screen that says nothing would be taken for one that works.
    if (restarts.backsOff) show(pageAddress('rest') + restFragment(Date.now() + pause, options.visitors()));
  });
  const show = (address: string): void => {
    window.loadURL(address).catch((error: unknown) => {
      options.onNotice(`the page cannot be loaded: ${(error as Error).message}`);
    });
  };
  const hangs = (): void => {
    options.onNotice('the page does not answer: it is loaded again');
    window.webContents.forcefullyCrashRenderer();
  };
  window.on('unresponsive', hangs);
  pulse.opens();
  await window.loadURL(pageAddress('live'));
  return window;
}

/** Loads a page again that grows without end. */
export function weighPage(
  window: BrowserWindow,
  onNotice: (message: string) => void,
  limit = new MemoryLimit(),
): NodeJS.Timeout {
  return setInterval(() => {
    const pid = window.webContents.getOSProcessId();
    const kilobytes = app.getAppMetrics().find((one) => one.pid === pid)?.memory.workingSetSize;
    const heavy = limit.weighed(kilobytes === undefined ? null : kilobytes * 1024);
    if (heavy === null) return;
    onNotice(`${heavy}: it is loaded again`);
    window.webContents.forcefullyCrashRenderer();
  }, limit.every * 1000);
}
