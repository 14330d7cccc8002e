/**
 * The window: sandboxed, isolated, on a session that keeps nothing. A page that crashes or hangs is loaded again.
 * (Electron's security checklist: 2 to 4, no Node integration, context isolation, sandbox.)
 */
import { join } from 'node:path';
import { BrowserWindow, type Session } from 'electron';
import { projectRoot } from '../pages';
import { guardContents } from './permissions';
import { pageAddress } from './protocol';

/** Page crashes in a row, each within a minute of the last, after which the window stays as it is. */
const MOST_CRASHES = 5;
const A_MINUTE = 60_000;

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

  let crashes: number[] = [];
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return;
    crashes = [...crashes.filter((at) => Date.now() - at < A_MINUTE), Date.now()];
    if (crashes.length > MOST_CRASHES) {
      options.onNotice(`the page crashed ${String(crashes.length)} times within a minute (${reason})`);
      return;
    }
    options.onNotice(`the page crashed (${reason}): it is loaded again`);
    window.webContents.reload();
  });
  window.on('unresponsive', () => {
    options.onNotice('the page does not answer: it is loaded again');
    window.webContents.forcefullyCrashRenderer();
  });
  await window.loadURL(pageAddress('live'));
  return window;
}
