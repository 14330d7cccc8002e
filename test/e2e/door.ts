/**
 * A whole maskwatch at a door, in this process: the app and the kiosk's server as `maskwatch monitor` has them, and
 * the live page in the installed Chromium with a film as its camera, driven by Playwright. Notes everything that
 * goes wrong on either side; tests end with `problems` empty.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright';
import type { CameraState, PipelineName, Status, VerdictEvent } from '../../src-main/api';
import { App } from '../../src-main/app';
import { shippedDetector, shippedModel } from '../../src-main/cli/options';
import type { Film } from '../../src-main/kiosk/film';
import { startServer, type KioskServer } from '../../src-main/kiosk/server';
import { findBrowser } from '../../src-main/setup/find-browser.mjs';
import { SettingsStore } from '../../src-main/store/settings';

/** What MediaPipe says of itself when it starts, on the console's error channel; its errors begin with E. */
const MEDIAPIPE_LOG = /^(INFO: Created TensorFlow Lite|[IW]\d{4} \d\d:)/;

/** What Chromium says of a page whose main has gone, each time it tries in vain to find it again. */
const NO_MAIN = /^WebSocket connection to .* failed/;

export interface Door {
  readonly app: App;
  readonly server: KioskServer;
  context: BrowserContext;
  page: Page;
  verdicts: VerdictEvent[];
  cameras: CameraState[];
  /** When the page told that its camera runs, in milliseconds since the epoch: the film's beginning. */
  filmStarted(): number;
  /** Console errors and warnings, uncaught errors, failed requests, faults that main was told of. */
  problems: string[];
  /** Opens another page in the same browser; what goes wrong on it is in `problems` too. */
  open(page: 'live' | 'desk', section?: string): Promise<Page>;
  /** Ends main and its server, and starts them again at the same address, with the same settings. */
  restart(meanwhile?: (folder: string) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export interface DoorOptions {
  /** A .mjpeg of 30 frames/s to play as the camera, or one that the page plays. */
  film: string | Film;
  model?: string;
  /** Two stages where none is given. */
  pipeline?: PipelineName;
  /** What main takes the picture for; a file where it is not given, which has no first run. */
  source?: Status['source'];
  /** How the live window is open; headless where it is not given. */
  window?: Status['window'];
}

/** For `expect.poll`: what is to come may take long on a busy machine. */
export const PATIENT = { timeout: 30_000 };

/** Opens the door; the camera is allowed as a user would allow it, so that it can be taken away again. */
export async function openDoor(options: DoorOptions): Promise<Door> {
  const folder = await mkdtemp(join(tmpdir(), 'maskwatch-e2e-'));
  const problems: string[] = [];
  const verdicts: VerdictEvent[] = [];
  const cameras: CameraState[] = [];
  let started = NaN;
  async function openApp(): Promise<App> {
    const { model = shippedModel(), pipeline = 'two-stage' } = options;
    const opened = await App.open({
      version: 'test',
      model,
      settings: await SettingsStore.open(join(folder, 'settings.json')),
      overrides: { provider: 'cpu', pipeline },
      detector: { model: shippedDetector() },
      source: options.source ?? { kind: 'file', name: 'film.mjpeg' },
      ...(typeof options.film === 'object' && { film: options.film }),
      ...(options.window && { window: options.window }),
    });
    opened.on('verdict', (event) => verdicts.push(event));
    opened.on('camera', (state) => {
      cameras.push(state);
      if (state.state === 'running' && Number.isNaN(started)) started = Date.now();
    });
    opened.on('fault', (message) => problems.push(`main: ${message}`));
    return opened;
  }

  const serve = (at: { port?: number; token?: string } = {}): Promise<KioskServer> =>
    startServer({
      ...at,
      onPage: (name, channel) => {
        if (name !== 'photos') app.serve(channel, name);
      },
      onRefused: (reason) => problems.push(`server: ${reason}`),
    });

  let app = await openApp();
  let server = await serve();
  const executablePath = findBrowser();
  if (executablePath === null) throw new Error('no Chromium, Chrome or Edge is installed');
  const browser = await chromium.launch({
    executablePath,
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      ...(typeof options.film === 'string'
        ? ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${options.film}`]
        : []),
      '--enable-unsafe-swiftshader',
      '--disable-quic',
      '--disable-background-networking',
    ],
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.grantPermissions(['camera'], { origin: server.origin });

  async function open(name: 'live' | 'desk', section = ''): Promise<Page> {
    const page = await context.newPage();
    page.setDefaultTimeout(90_000);
    page.on('console', (message) => {
      const [type, said] = [message.type(), message.text()];
      const isProblem = ['error', 'warning'].includes(type) && !MEDIAPIPE_LOG.test(said);
      if (isProblem && !NO_MAIN.test(said)) problems.push(`console: ${said}`);
    });
    page.on('pageerror', (error) => problems.push(`page: ${error.message}`));
    page.on('requestfailed', (request) => problems.push(`request: ${request.url()}`));
    await page.goto(`${server.address(name)}${section === '' ? '' : `#${section}`}`);
    return page;
  }

  return {
    get app() {
      return app;
    },
    get server() {
      return server;
    },
    context,
    page: await open('live'),
    verdicts,
    cameras,
    filmStarted: () => started,
    problems,
    open,
    async restart(meanwhile) {
      const { port, token } = server;
      await server.close();
      await app.close();
      await meanwhile?.(folder);
      app = await openApp();
      server = await serve({ port, token });
    },
    async close() {
      await browser.close();
      await server.close();
      await app.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until something is so; looks again whenever a frame was looked at. */
export async function until(app: App, so: () => boolean): Promise<void> {
  while (!so()) {
    await new Promise<void>((resolve) => {
      const seen = (): void => {
        app.off('look', seen);
        app.off('camera', seen);
        resolve();
      };
      app.on('look', seen);
      app.on('camera', seen);
    });
  }
}
