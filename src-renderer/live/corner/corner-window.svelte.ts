/**
 * The corner window of the browser host: Chromium's Document Picture-in-Picture, the one window that a page can have
 * above all others. It has our styles; what it shows is mounted there by who opens it (Live.svelte). (In Electron main
 * makes the live window itself small and keeps it above.)
 */
import { SMALL } from '../../../src-main/geometry';

/** Why there is none: this browser has no such windows, or nobody has just pressed something on this page. */
export type Lack = 'absent' | 'refused';

export class CornerWindow {
  #window = $state.raw<Window | null>(null);

  /** Null while it is not open. */
  get window(): Window | null {
    return this.#window;
  }

  /** @returns why it could not be opened; null when it was */
  async open(): Promise<Lack | null> {
    if (typeof documentPictureInPicture === 'undefined') return 'absent';
    let opened: Window & typeof globalThis;
    try {
      opened = await documentPictureInPicture.requestWindow(SMALL);
    } catch {
      return 'refused';
    }
    dress(opened);
    // Its own button, the browser's way back to the page, and this page's going all end so.
    opened.addEventListener('pagehide', () => {
      if (this.#window === opened) this.#window = null;
    });
    this.#window = opened;
    return null;
  }

  close(): void {
    this.#window?.close();
  }
}

/** Gives it this page's styles: as sheets of its own, because links would load after the first picture is shown. */
function dress({ document: its, CSSStyleSheet: Sheet }: Window & typeof globalThis): void {
  its.adoptedStyleSheets = [...document.styleSheets].map(({ cssRules }) => {
    const sheet = new Sheet();
    sheet.replaceSync(Array.from(cssRules, ({ cssText }) => cssText).join('\n'));
    return sheet;
  });
}
