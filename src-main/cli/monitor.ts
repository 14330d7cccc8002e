/**
 * `maskwatch monitor`: the watch, from a camera or a file, in a window or headless, until it is stopped. Builds
 * the app, opens it in the browser host (or hands over to Electron), and reports to the terminal.
 */
import { dirname, join } from 'node:path';
import { Command, Option } from 'commander';
import { REACHES, type ProviderChoice, type Reach } from '../api';
import { App } from '../app';
import { hasDisplay } from '../kiosk/browser';
import { BrowserHost } from '../kiosk/host';
import { defaultSettingsFile, SettingsStore } from '../store/settings';
import { runElectron, electronProgram } from './electron';
import { modelOption, numberBetween, providerOption } from './options';
import { say, UsageError } from './output';
import { Report } from './report';
import { endWith } from './signals';
import { demoPicture, firstPicture, type Picture } from './source';
import { version } from './version';

/** Seconds in which the first frame must have come when the watch is limited by --for. */
const FIRST_FRAME = 90;

export interface MonitorOptions {
  source?: string;
  sourceFps?: number;
  headless?: true;
  kiosk?: true;
  for?: number;
  json?: true;
  model: string;
  provider?: ProviderChoice;
  reach?: Reach;
  port?: number;
  host: 'auto' | 'browser' | 'electron';
  settings?: string;
}

export function monitorCommand(): Command {
  return new Command('monitor')
    .description('watch a camera and show how each face wears its mask')
    .option('--source <file>', 'play a Motion JPEG file as the camera, over and over')
    .addOption(
      new Option(
        '--source-fps <n>',
        'frames a second it was made for; else as FILE.json says, else 30',
      ).argParser(numberBetween(0.1, 1000)),
    )
    .option('--headless', 'open no window; the live page is at the address that is printed')
    .option('--kiosk', 'fill the screen')
    .addOption(
      new Option('--for <seconds>', 'stop so long after the first frame').argParser(numberBetween(0.1, 1e7)),
    )
    .option('--json', 'a line of JSON per verdict, and one for the summary')
    .addOption(modelOption())
    .addOption(providerOption())
    .addOption(new Option('--reach <where>', 'where to look for faces').choices(REACHES))
    .addOption(new Option('--port <n>', 'port of the live page').argParser(numberBetween(1, 65535, true)))
    .addOption(
      new Option('--host <which>', 'where the window opens')
        .choices(['auto', 'browser', 'electron'])
        .default('auto'),
    )
    .option('--settings <file>', 'settings to use instead of the user’s')
    .action(monitor);
}

async function monitor(options: MonitorOptions): Promise<void> {
  if (options.headless && options.kiosk) throw new UsageError('--headless and --kiosk exclude each other');
  const isHeadless = options.headless === true || !hasDisplay();
  if (!options.headless && isHeadless) say('there is no display: running headless');
  if (options.host === 'electron' || (options.host === 'auto' && !isHeadless && electronProgram() !== null)) {
    await runElectron();
    return;
  }

  const settingsFile = options.settings ?? defaultSettingsFile();
  const settings = await SettingsStore.open(settingsFile);
  if (settings.notice !== null) say(settings.notice);
  const pictures: Picture[] = [await firstPicture(options, say)];
  try {
    const picture = pictures[0]!;
    const { provider, reach } = options;
    const app = await App.open({
      version,
      model: options.model,
      settings,
      overrides: { ...(provider && { provider }), ...(reach && { reach }) },
      source: picture.source,
    });
    try {
      const report = new Report(app, options.json === true);
      report.say(
        `classifier: ${app.status.model.name} on ${app.status.provider.name} (${app.status.provider.reason})`,
      );
      await watch(app, report, pictures, options, {
        app,
        window: isHeadless ? 'headless' : options.kiosk ? 'kiosk' : 'app',
        camera: picture.file,
        ...(options.port !== undefined && { port: options.port }),
        sessionFile: join(dirname(settingsFile), 'session.json'),
      });
    } finally {
      await app.close();
    }
  } finally {
    for (const picture of pictures) await picture.remove();
  }
}

/** Keeps the host open until something ends the watch. @throws Error when that was a failure */
async function watch(
  app: App,
  report: Report,
  pictures: Picture[],
  options: MonitorOptions,
  hostOptions: Parameters<typeof BrowserHost.open>[0],
): Promise<void> {
  const host = await BrowserHost.open(hostOptions);
  host.on('notice', (message) => {
    report.say(message);
  });
  if (hostOptions.window === 'headless') report.say(`live page: ${host.address}`);
  const failure = await new Promise<string | null>((resolve) => {
    host.on('end', resolve);
    endWith(() => {
      resolve(null);
    });
    if (options.for !== undefined) limit(app, options.for, resolve);
    playDemoWhenAbsent(app, host, report, pictures, resolve);
  });
  await host.close();
  report.end();
  if (failure !== null) throw new Error(failure);
}

/** Ends the watch some seconds after its first frame, or when none comes. */
function limit(app: App, seconds: number, end: (failure: string | null) => void): void {
  let camera = 'the page did not open';
  app.on('camera', ({ state, message }) => {
    camera = state === 'running' ? 'the camera runs, but the detector does not' : message;
  });
  const late = setTimeout(() => {
    end(`no frame was looked at in ${String(FIRST_FRAME)} s: ${camera}`);
  }, FIRST_FRAME * 1000);
  app.once('look', () => {
    clearTimeout(late);
    setTimeout(() => {
      end(null);
    }, seconds * 1000);
  });
}

/** When the page finds no camera at the start, the demo takes its place. */
function playDemoWhenAbsent(
  app: App,
  host: BrowserHost,
  report: Report,
  pictures: Picture[],
  end: (failure: string | null) => void,
): void {
  if (app.status.source.kind !== 'camera') return;
  const decide = ({ state }: { state: string }): void => {
    if (state !== 'absent' && state !== 'running') return;
    app.off('camera', decide);
    if (state === 'running') return; // One that is lost later may come back.
    demoPicture((message) => {
      report.say(message);
    })
      .then(async (demo) => {
        if (demo === null) return;
        pictures.push(demo);
        app.setSource(demo.source);
        await host.play(demo.file);
      })
      .catch((error: unknown) => {
        end((error as Error).message);
      });
  };
  app.on('camera', decide);
}
