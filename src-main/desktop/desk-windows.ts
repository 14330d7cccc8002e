/** The live window and those of the desk, as menu and tray ask for them. */
import { app as electron, type BrowserWindow, type Session } from 'electron';
import type { Language } from '../api';
import type { App } from '../app';
import { bestLanguage } from '../languages';
import { Compactness, openDeskWindow } from './windows';

/** The language that the pages are in. */
export const pagesLanguage = (app: App) => (): Language =>
  app.settings.languages.pages ?? bestLanguage([electron.getLocale()]);

export class DeskWindows {
  #live: BrowserWindow | null = null;
  #compactness: Compactness | null = null;
  #desk: BrowserWindow | null = null;

  constructor(
    private readonly app: App,
    private readonly session: Session,
  ) {
    app.on('compact', () => {
      this.#compactness?.toggle();
    });
    app.on('show', (section) => {
      if (section === 'live') this.showLive();
      else this.#show(section);
    });
  }

  set live(window: BrowserWindow) {
    this.#live = window;
    this.#compactness = new Compactness(window);
    window.once('closed', () => {
      this.#live = null;
      this.#compactness = null;
      // The desk does not go on without the watch.
      this.#desk?.close();
    });
  }

  showLive(): void {
    if (this.#live?.isMinimized() === true) this.#live.restore();
    this.#live?.show();
    this.#live?.focus();
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
