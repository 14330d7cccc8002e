/**
 * A whole maskwatch at a door, in this process: the app and the kiosk's server as `maskwatch monitor` has them, and
 * the live page in the installed Chromium with a film as its camera, driven by Playwright. Notes everything that
 * goes wrong on either side; tests end with `problems` empty.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright';
import type { CameraState, PipelineName, VerdictEvent } from '../../src-main/api';
import { App } from '../../src-main/app';
import { shippedDetector, shippedModel } from '../../src-main/cli/options';
import { startServer, type KioskServer } from '../../src-main/kiosk/server';
import { findBrowser } from '../../src-main/setup/find-browser.mjs';
import { SettingsStore } from '../../src-main/store/settings';

/** What MediaPipe says of itself when it starts, on the console's error channel; its errors begin with E. */
const MEDIAPIPE_LOG = /^(INFO: Created TensorFlow Lite|[IW]\d{4} \d\d:)/;

export interface Door {
  app: App;
  server: KioskServer;
  context: BrowserContext;
  page: Page;
  verdicts: VerdictEvent[];
  cameras: CameraState[];
  /** When the page told that its camera runs, in milliseconds since the epoch: the film's beginning. */
  filmStarted(): number;
  /** Console errors and warnings, uncaught errors, failed requests, faults that main was told of. */
  problems: string[];
  close(): Promise<void>;
}

export interface DoorOptions {
  /** A .mjpeg of 30 frames/s to play as the camera. */
  film: string;
  model?: string;
  /** Two stages where none is given. */
  pipeline?: PipelineName;
}

/** For `expect.poll`: what is to come may take long on a busy machine. */
export const PATIENT = { timeout: 30_000 };

/** Opens the door; the camera is allowed as a user would allow it, so that it can be taken away again. */
export async function openDoor({
  film,
  model = shippedModel(),
  pipeline = 'two-stage',
}: DoorOptions): Promise<Door> {
  const folder = await mkdtemp(join(tmpdir(), 'maskwatch-e2e-'));
  const problems: string[] = [];
  const verdicts: VerdictEvent[] = [];
  const cameras: CameraState[] = [];
  const app = await App.open({
    version: 'test',
    model,
    settings: await SettingsStore.open(join(folder, 'settings.json')),
    overrides: { provider: 'cpu', pipeline },
    detector: { model: shippedDetector() },
    source: { kind: 'file', name: 'film.mjpeg' },
  });
  app.on('verdict', (event) => verdicts.push(event));
  let started = NaN;
  app.on('camera', (state) => {
    cameras.push(state);
    if (state.state === 'running' && Number.isNaN(started)) started = Date.now();
  });
  app.on('fault', (message) => problems.push(`main: ${message}`));
  const server = await startServer({
    onPage: (name, channel) => {
      if (name === 'live') app.serve(channel);
    },
    onRefused: (reason) => problems.push(`server: ${reason}`),
  });

  const executablePath = findBrowser();
  if (executablePath === null) throw new Error('no Chromium, Chrome or Edge is installed');
  const browser = await chromium.launch({
    executablePath,
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-video-capture=${film}`,
      '--enable-unsafe-swiftshader',
      '--disable-quic',
      '--disable-background-networking',
    ],
  });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  await context.grantPermissions(['camera'], { origin: server.origin });
  const page = await context.newPage();
  page.setDefaultTimeout(90_000);
  page.on('console', (message) => {
    const isProblem = ['error', 'warning'].includes(message.type()) && !MEDIAPIPE_LOG.test(message.text());
    if (isProblem) problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`page: ${error.message}`));
  page.on('requestfailed', (request) => problems.push(`request: ${request.url()}`));
  await page.goto(server.address('live'));

  return {
    app,
    server,
    context,
    page,
    verdicts,
    cameras,
    filmStarted: () => started,
    problems,
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
