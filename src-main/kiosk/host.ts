/**
 * The browser host: serves the app's live page and keeps a browser open on it. A browser that dies, a page that
 * crashes or hangs, and a main process that was killed each have their way back; closing the window is the
 * user's way to end.
 */
import { EventEmitter } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { App } from '../app';
import { adoptBrowser, launchBrowser, type Browser, type WindowKind } from './browser';
import type { PageName } from '../pages';
import type { Channel } from '../rpc';
import { startServer, type KioskServer } from './server';
import { forgetSession, keepSession, leftSession, type Session } from './session';

export interface HostOptions {
  app: App;
  window: WindowKind;
  /** A prepared .mjpeg to play as the camera; null for the machine's cameras. */
  camera: string | null;
  /** By default the one of the session before, else any free one. */
  port?: number;
  /** Where the session is kept. */
  sessionFile: string;
  /** Told in a sentence of what happened and was dealt with. */
  onNotice?: (message: string) => void;
  /** Seconds without a sign of life from the page until the browser is started again; PATIENCE by default. */
  patience?: number;
}

export interface HostEvents {
  /** The browser cannot be kept open, or the user closed its window (`reason` null). */
  end: [reason: string | null];
}

const PATIENCE = 45;
/** Seconds more for a page to open in: a busy machine may need them, and starting again would not help it. */
const OPENING = 75;
/** A browser that was open this long (milliseconds) was no failed start. */
const HEALTHY = 30_000;
/** Milliseconds before a browser that failed again and again is started. */
const LONGEST_PAUSE = 5000;
/** Failed starts in a row before giving up. */
const MOST_FAILURES = 5;
/** Milliseconds a page that outlived its main has to find the new one: longer than its longest wait between tries. */
const RETURN_TIME = 8000;

export class BrowserHost extends EventEmitter<HostEvents> {
  #browser: Browser | null = null;
  #closing = false;
  #failures = 0;
  /** When the browser was started, by performance.now(). */
  #opened = 0;
  /** Seconds since the last sign of life. */
  #silence = 0;
  readonly #watchdog: NodeJS.Timeout;
  #camera: string | null;
  /** Starts and restarts, one after the other. */
  #work: Promise<void> = Promise.resolve();

  private constructor(
    private readonly options: HostOptions,
    private readonly server: KioskServer,
    private readonly sessionFile: string | null,
  ) {
    super();
    this.#camera = options.camera;
    options.app.on('alive', () => (this.#silence = 0));
    options.app.on('alone', () => {
      void this.#endIfClosed();
    });
    this.#watchdog = setInterval(() => {
      this.#watch();
    }, 1000);
  }

  /** @throws Error in one sentence when the port is taken or the browser cannot be started */
  static async open(options: HostOptions): Promise<BrowserHost> {
    const left = await leftSession(options.sessionFile);
    const session = left === 'taken' ? null : left;
    const server = await serve(options, session);
    const host = new BrowserHost(options, server, left === 'taken' ? null : options.sessionFile);
    try {
      if (session === null || !(await host.#adopt(session))) await host.#launch();
    } catch (error) {
      await host.close();
      throw error;
    }
    return host;
  }

  /** The live page's address, with its token. */
  get address(): string {
    return this.server.address('live');
  }

  /** Starts the browser again with another camera. */
  async play(camera: string | null): Promise<void> {
    this.#camera = camera;
    await this.#restart();
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearInterval(this.#watchdog);
    await this.#work.catch(() => undefined);
    await this.#browser?.kill();
    await this.server.close();
    if (this.sessionFile !== null) await forgetSession(this.sessionFile);
  }

  /** Takes over the browser that a killed main left, when its page comes back; ends it otherwise. */
  async #adopt({ browser: left, port }: Session): Promise<boolean> {
    if (left === null) return false;
    const browser = adoptBrowser(left.pid, left.profile);
    if (browser === null) return false;
    const { window } = this.options;
    if (port === this.server.port && left.window === window && left.camera === this.#camera) {
      let stop: () => void = () => undefined;
      const returned = new Promise<boolean>((resolve) => {
        stop = () => {
          resolve(true);
        };
        this.options.app.once('alive', stop);
      });
      const late = new AbortController();
      const gone = wait(RETURN_TIME, false, { signal: late.signal }).catch(() => false);
      const back = await Promise.race([returned, gone, browser.ended.then(() => false)]);
      late.abort();
      this.options.app.off('alive', stop);
      if (back) {
        this.options.onNotice?.('the window that was open before is used again');
        await this.#keep(browser);
        return true;
      }
    }
    await browser.kill();
    return false;
  }

  async #launch(): Promise<void> {
    this.#silence = this.options.patience === undefined ? -OPENING : 0;
    const { window } = this.options;
    await this.#keep(
      await launchBrowser({ address: this.server.ticket('live'), window, camera: this.#camera }),
    );
  }

  async #keep(browser: Browser): Promise<void> {
    this.#browser = browser;
    this.#opened = performance.now();
    void browser.ended.then(({ clean, reason }) => {
      if (browser !== this.#browser || this.#closing) return;
      if (clean && this.options.window !== 'headless') {
        this.emit('end', null);
        return;
      }
      this.#recover(`the browser ended (${reason})`);
    });
    if (this.sessionFile === null) return;
    const { pid, profile } = browser;
    const { port, token } = this.server;
    const opened = { pid, profile, window: this.options.window, camera: this.#camera };
    await keepSession(this.sessionFile, { pid: process.pid, port, token, browser: opened });
  }

  /** Once a second: a page that says nothing has crashed or hangs, though its browser is there. */
  #watch(): void {
    // Counted in ticks, not by the clock: a machine that slept was not silent.
    if (++this.#silence < (this.options.patience ?? PATIENCE)) return;
    this.#silence = 0;
    this.#recover('the page does not answer');
  }

  /** On macOS a browser goes on without a window, so there a page that goes for good is the user's way to end. */
  async #endIfClosed(): Promise<void> {
    if (process.platform !== 'darwin' || this.options.window === 'headless' || this.#closing) return;
    const silence = this.#silence;
    await wait(RETURN_TIME, undefined, { ref: false });
    if (this.#silence > silence && !this.#closing) this.emit('end', null);
  }

  #recover(why: string): void {
    if (this.#closing) return;
    if (performance.now() - this.#opened > HEALTHY) this.#failures = 0;
    if (++this.#failures > MOST_FAILURES) {
      this.emit('end', `${why}, ${String(MOST_FAILURES)} times in a row`);
      return;
    }
    this.options.onNotice?.(`${why}: it is started again`);
    const pause = this.#failures === 1 ? 0 : Math.min(LONGEST_PAUSE, 500 * 2 ** this.#failures);
    void wait(pause)
      .then(() => this.#restart())
      .catch((error: unknown) => this.emit('end', (error as Error).message));
  }

  #restart(): Promise<void> {
    this.#work = this.#work
      .catch(() => undefined)
      .then(async () => {
        if (this.#closing) return;
        const before = this.#browser;
        this.#browser = null;
        await before?.kill();
        await this.#launch();
      });
    return this.#work;
  }
}

/** Serves at the session's address when that can be, so that its page finds us. */
async function serve(options: HostOptions, session: Session | null): Promise<KioskServer> {
  const { app } = options;
  const parts = {
    onPage: (page: PageName, channel: Channel) => {
      if (page !== 'photos') app.serve(channel, page);
    },
    onRefused: (reason: string) => app.emit('fault', `refused: ${reason}`),
  };
  if (session !== null && (options.port ?? session.port) === session.port) {
    try {
      return await startServer({ ...parts, port: session.port, token: session.token });
    } catch (error) {
      if (options.port !== undefined) throw error; // It was asked for by name.
    }
  }
  return startServer({ ...parts, port: options.port ?? 0 });
}
