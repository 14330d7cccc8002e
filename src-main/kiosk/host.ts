/**
 * The browser host: serves the app's live page and keeps a browser open on it. A browser that dies, a page that
 * crashes or hangs, and a main process that was killed each have their way back; closing the window is the
 * user's way to end.
 */
import { EventEmitter } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { App } from '../app';
import type { WindowKind } from '../reception';
import { adoptBrowser, launchBrowser, type Browser } from './browser';
import { MemoryLimit } from '../memory-limit';
import { restFragment, type PageName } from '../pages';
import { Pulse } from '../pulse';
import type { Channel } from '../rpc';
import { inWords, Restarts } from '../setup/restarts.mjs';
import { memoryOfTree } from './processes';
import { startServer, type KioskServer } from './server';
import { forgetSession, keepSession, leftSession, type Session } from './session';

export interface HostOptions {
  app: App;
  /** A prepared .mjpeg to play as the camera; null for the machine's cameras. */
  camera: string | null;
  /** By default the one of the session before, else any free one. */
  port?: number;
  /** Where the session is kept. */
  sessionFile: string;
  /** Told in a sentence of what happened and was dealt with. */
  onNotice?: (message: string) => void;
  /** When the page counts as hung, how soon it is started again, and when it takes too much memory; only tests give others. */
  pulse?: Pulse;
  restarts?: Restarts;
  memory?: MemoryLimit;
}

export interface HostEvents {
  /** The browser was never of use, or the user closed its window (`reason` null). */
  end: [reason: string | null];
}

/** Milliseconds a page that outlived its main has to find the new one: longer than its longest wait between tries. */
const RETURN_TIME = 8000;
/** Milliseconds a page whose line closed may take to be back, as after a reload, until it counts as crashed. */
const RELOAD_TIME = 4000;

export class BrowserHost extends EventEmitter<HostEvents> {
  #browser: Browser | null = null;
  #closing = false;
  readonly #restarts: Restarts;
  readonly #memory: MemoryLimit;
  readonly #pulse: Pulse;
  /** A restart is due: until then, silence is to be expected. */
  #due = false;
  /** Whether a page has ever answered: what never worked is given up, what worked is not. */
  #worked = false;
  #ticks = 0;
  readonly #watchdog: NodeJS.Timeout;
  #camera: string | null;
  /** How the browser's window was opened. */
  #opened: WindowKind | null = null;
  /** Starts and restarts, one after the other. */
  #work: Promise<void> = Promise.resolve();

  private constructor(
    private readonly options: HostOptions,
    private readonly server: KioskServer,
    private readonly sessionFile: string | null,
  ) {
    super();
    this.#camera = options.camera;
    this.#restarts = options.restarts ?? new Restarts();
    this.#memory = options.memory ?? new MemoryLimit();
    this.#pulse = options.pulse ?? new Pulse();
    options.app.on('alive', () => {
      this.#pulse.beats();
      this.#worked = true;
    });
    options.app.on('alone', () => {
      void this.#lineClosed();
    });
    options.app.on('windowMode', this.#reopen);
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
    this.options.app.off('windowMode', this.#reopen);
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
    const { window } = this.options.app;
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
        this.#opened = window;
        await this.#keep(browser);
        return true;
      }
    }
    await browser.kill();
    return false;
  }

  async #launch(address = this.server.ticket('live')): Promise<void> {
    this.#pulse.opens();
    const { window, places } = this.options.app;
    const place = window === 'headless' ? null : places.of(window);
    this.#opened = window;
    await this.#keep(await launchBrowser({ address, window, camera: this.#camera, place }));
  }

  async #keep(browser: Browser): Promise<void> {
    this.#browser = browser;
    void browser.ended.then(({ clean, reason }) => {
      if (browser !== this.#browser || this.#closing) return;
      const { window, guarded } = this.options.app;
      const mayEnd = window === 'app' || (window === 'kiosk' && !guarded);
      if (clean && mayEnd) {
        this.emit('end', null);
        return;
      }
      this.#recover(`the browser ended (${reason})`);
    });
    if (this.sessionFile === null) return;
    const { pid, profile } = browser;
    const { port, token } = this.server;
    const opened = { pid, profile, window: this.options.app.window, camera: this.#camera };
    await keepSession(this.sessionFile, { pid: process.pid, port, token, browser: opened });
  }

  /** Once a second: a page that says nothing has crashed or hangs, though its browser is there. */
  #watch(): void {
    if (this.#due) return;
    if (++this.#ticks % this.#memory.every === 0 && this.#browser !== null) {
      const heavy = this.#memory.weighed(memoryOfTree(this.#browser.pid));
      if (heavy !== null) this.#recover(heavy);
    }
    if (this.#pulse.tick()) this.#recover('the page does not answer');
  }

  /**
   * No page is there any more. One that was loaded again is back soon; else it has crashed, or, on macOS, where a
   * browser goes on without a window, the user has closed it.
   */
  async #lineClosed(): Promise<void> {
    const [browser, { silence }] = [this.#browser, this.#pulse];
    if (browser === null || this.#closing) return;
    await wait(RELOAD_TIME, undefined, { ref: false });
    if (browser !== this.#browser || this.#pulse.silence <= silence || this.#closing) return;
    if (process.platform === 'darwin' && this.options.app.window !== 'headless') this.emit('end', null);
    else this.#recover('the page has gone');
  }

  /** A browser fills its screen, or does not, from its start. */
  readonly #reopen = (): void => {
    if (this.#opened === null || this.#opened === this.options.app.window) return;
    this.#restart().catch((error: unknown) => {
      this.#recover((error as Error).message);
    });
  };

  #recover(why: string): void {
    if (this.#closing || this.#due) return;
    const pause = this.#restarts.next();
    if (this.#restarts.backsOff && !this.#worked) {
      this.emit('end', `${why}, again and again`);
      return;
    }
    this.options.onNotice?.(`${why}: it is started again${pause === 0 ? '' : ` in ${inWords(pause)}`}`);
    this.#due = true;
    if (this.#restarts.backsOff) this.#rest(Date.now() + pause);
    // Not waited for by whoever closes.
    void wait(pause, undefined, { ref: false })
      .then(() => {
        this.#due = false;
        return this.#restart();
      })
      .catch((error: unknown) => {
        this.#recover((error as Error).message);
      });
  }

  /** Says on the screen that it waits. A browser that cannot even show that leaves it dark. */
  #rest(until: number): void {
    const { visitors } = this.options.app.settings.languages;
    this.#restart(this.server.ticket('rest') + restFragment(until, visitors)).catch(() => undefined);
  }

  /** @param address of a page; the live one by default */
  #restart(address?: string): Promise<void> {
    this.#work = this.#work
      .catch(() => undefined)
      .then(async () => {
        if (this.#closing) return;
        const before = this.#browser;
        this.#browser = null;
        await before?.kill();
        await this.#launch(address);
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
