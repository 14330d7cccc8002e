/**
 * The window: sandboxed, isolated, on a session that keeps nothing. A page that crashes or hangs is loaded again.
 * (Electron's security checklist: 2 to 4, no Node integration, context isolation, sandbox.)
 */
import { join } from 'node:path';
import { BrowserWindow, type Session } from 'electron';
import { projectRoot } from '../pages';
import { inWords, Restarts } from '../setup/restarts.mjs';
import { guardContents } from './permissions';
import { pageAddress } from './protocol';

export interface WindowOptions {
  session: Session;
  /** Fill the screen, with no way out but the keyboard. */
  kiosk: boolean;
  /** Opened, but not shown. */
  hidden: boolean;
  /** Told in a sentence of what happened and was dealt with. */
  onNotice: (message: string) => void;
}

/** Opens the live page. */
export async function openLiveWindow(options: WindowOptions): Promise<BrowserWindow> {
  const window = new BrowserWindow({
    width: 1280,
    height: 860,
    show: false,
    kiosk: options.kiosk,
    autoHideMenuBar: true,
    title: 'maskwatch',
    backgroundColor: '#101418',
    webPreferences: {
      preload: join(projectRoot(), 'out', 'preload', 'preload.cjs'),
      session: options.session,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      // The watch goes on behind other windows.
      backgroundThrottling: false,
      spellcheck: false,
    },
  });
  guardContents(window.webContents);
  if (!options.hidden) window.once('ready-to-show', () => window.show());

  const restarts = new Restarts();
  let again: NodeJS.Timeout | undefined;
  window.once('closed', () => {
    clearTimeout(again);
  });
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return;
    const pause = restarts.next();
    const when = pause === 0 ? '' : ` in ${inWords(pause)}`;
    options.onNotice(`the page crashed (${reason}): it is loaded again${when}`);
    again = setTimeout(() => {
      window.webContents.reload();
    }, pause);
  });
  window.on('unresponsive', () => {
    options.onNotice('the page does not answer: it is loaded again');
    window.webContents.forcefullyCrashRenderer();
  });
  await window.loadURL(pageAddress('live'));
  return window;
}
