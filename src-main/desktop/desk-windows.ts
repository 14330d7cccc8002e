/** The live window and those of the desk, as menu and tray ask for them. */
import { app as electron, BrowserWindow, type Session } from 'electron';
import type { Language, WindowOrder } from '../api';
import type { App } from '../app';
import { bestLanguage } from '../languages';
import { LiveWindow } from './live-window';
import { openDeskWindow } from './windows';

/** The language that the pages are in. */
export const pagesLanguage = (app: App) => (): Language =>
  app.settings.languages.pages ?? bestLanguage([electron.getLocale()]);

export class DeskWindows {
  #live: LiveWindow | null = null;
  #desk: BrowserWindow | null = null;

  constructor(
    private readonly app: App,
    private readonly session: Session,
  ) {
    app.on('compact', () => {
      this.#live?.toggleSmall();
    });
    app.on('windowMode', (mode) => {
      this.#live?.become(mode);
    });
    app.on('windowOrder', (order) => {
      this.#live?.order(order);
    });
    app.on('show', (section) => {
      if (section === 'live') this.showLive();
      else this.#show(section);
    });
  }

  set live(window: BrowserWindow) {
    this.#live = new LiveWindow(window, this.app.settings.windowMode);
    window.once('closed', () => {
      this.#live = null;
      // The desk does not go on without the watch.
      this.#desk?.close();
    });
  }

  showLive(): void {
    this.#live?.show();
  }

  /** The keyboard asks something of the window that has the focus. */
  order(order: WindowOrder): void {
    const focused = BrowserWindow.getFocusedWindow();
    if (focused === null || focused === this.#live?.window) this.#live?.order(order);
    else if (order === 'fill') focused.setFullScreen(!focused.isFullScreen());
    else if (order === 'minimise') focused.minimize();
    else focused.close();
  }

  #show(section: string): void {
    const open = this.#desk;
    if (open !== null) {
      // Only the part after the # is another: the page stays and shows it.
      void open.loadURL(`${open.webContents.getURL().split('#')[0] ?? ''}#${section}`);
      open.show();
      open.focus();
      return;
    }
    openDeskWindow(this.session, section).then(
      (window) => {
        this.#desk = window;
        window.once('closed', () => (this.#desk = null));
      },
      (error: unknown) => this.app.emit('fault', `the window cannot be opened: ${(error as Error).message}`),
    );
  }
}
