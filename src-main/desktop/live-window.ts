/**
 * How the live window stands on the screen: among others, above them, filling the screen, or small in a corner. It has
 * no frame: what a frame's buttons and keys do is asked for by the page and by the keyboard's menu (keys.ts).
 */
import { screen, type BrowserWindow, type Rectangle } from 'electron';
import type { WindowMode, WindowOrder } from '../api';
import { cornerOf, isSmall, usualOf } from '../geometry';

export class LiveWindow {
  /** Where it was before it was made small. */
  #before: Rectangle | null = null;

  constructor(
    readonly window: BrowserWindow,
    private mode: WindowMode,
  ) {
    this.#raise();
  }

  /** It stands in another way from now on. */
  become(mode: WindowMode): void {
    const { window } = this;
    if (this.mode === 'kiosk' && mode !== 'kiosk')
      window.once('leave-full-screen', () => {
        // One that filled the screen from the start has no size to go back to.
        const now = window.getBounds();
        const { workArea } = screen.getDisplayMatching(now);
        if (now.width >= workArea.width && now.height >= workArea.height) window.setBounds(usualOf(workArea));
      });
    this.mode = mode;
    if (mode === 'kiosk' && window.isFullScreen()) window.setFullScreen(false);
    window.setKiosk(mode === 'kiosk');
    this.#raise();
  }

  /** Makes it small, in a corner and above all others, or as it was before. */
  toggleSmall(): void {
    const { window } = this;
    const now = window.getBounds();
    const { workArea } = screen.getDisplayMatching(now);
    if (window.isMaximized()) window.unmaximize();
    if (window.isFullScreen()) window.setFullScreen(false);
    window.setBounds(isSmall(now) ? (this.#before ?? usualOf(workArea)) : cornerOf(workArea));
    this.#before = isSmall(now) ? null : now;
    this.#raise();
  }

  order(order: WindowOrder): void {
    const { window } = this;
    // Who fills a screen at the door stays there.
    if (this.mode === 'kiosk' && order !== 'close') return;
    switch (order) {
      case 'minimise':
        window.minimize();
        return;
      case 'fill':
        window.setFullScreen(!window.isFullScreen());
        return;
      case 'close':
        window.close();
        return;
      default:
        order satisfies never;
    }
  }

  show(): void {
    if (this.window.isMinimized()) this.window.restore();
    this.window.show();
    this.window.focus();
  }

  /** Above all others where that was asked for, and where it is small: there it would be lost among them. */
  #raise(): void {
    const above = this.mode === 'above' || isSmall(this.window.getBounds());
    this.window.setAlwaysOnTop(above && this.mode !== 'kiosk');
  }
}
