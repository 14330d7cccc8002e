/**
 * `maskwatch monitor`: the watch, from a camera or a file, in a window or headless, until it is stopped. Opens
 * it in the browser host, or hands over to Electron where that is installed.
 */
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import type { App } from '../app';
import { keptOptions, startWithDesktop } from '../autostart';
import { hasDisplay } from '../kiosk/browser';
import { BrowserHost } from '../kiosk/host';
import { defaultSettingsFile } from '../store/settings';
import { electronProgram, runElectron } from './electron';
import { withMonitorOptions, type MonitorOptions } from './monitor-options';
import { say } from './output';
import type { Report } from './watch-report';
import { endWith } from './signals';
import { demoPicture, firstPicture, NO_CAMERA, type Picture } from './source';
import { beginWatch, limitWatch, onNoCamera } from './watching';

export function monitorCommand(): Command {
  return withMonitorOptions(new Command('monitor'))
    .description('watch a camera and show how each face wears its mask')
    .action(monitor);
}

async function monitor(options: MonitorOptions): Promise<void> {
  const isHeadless = options.headless === true || !hasDisplay();
  if (!options.headless && isHeadless) say('there is no display: running headless');
  if (options.host === 'electron' || (options.host === 'auto' && !isHeadless && electronProgram() !== null)) {
    await runElectron();
    return;
  }
  const pictures = [await firstPicture(options, say)];
  try {
    const { app, report, close } = await beginWatch(options, pictures[0]!, {
      // Its frame is the browser's, which nothing keeps above other windows.
      ...(!isHeadless && { window: { modes: ['window', 'kiosk'] as const, frameless: false } }),
      // Elsewhere the desktop host does it.
      ...(process.platform === 'linux' && { startWithComputer }),
    });
    try {
      await watch(app, report, pictures, options);
    } finally {
      await close();
    }
  } finally {
    for (const picture of pictures) await picture.remove();
  }
}

const startWithComputer = (on: boolean): Promise<void> => {
  const [program = '', script = '', ...typed] = process.argv;
  return startWithDesktop(on, [program, script, 'monitor', ...keptOptions(typed)]);
};

/**
 * Keeps the host open until something ends the watch.
 * @param pictures what is played; the demo is added when it takes over
 * @throws Error when what ended it was a failure
 */
async function watch(app: App, report: Report, pictures: Picture[], options: MonitorOptions): Promise<void> {
  const host = await BrowserHost.open({
    app,
    camera: pictures[0]!.file,
    ...(options.port !== undefined && { port: options.port }),
    sessionFile: join(dirname(options.settings ?? defaultSettingsFile()), 'session.json'),
    onNotice: (message) => {
      app.notice(message);
    },
  });
  if (app.window === 'headless') report.say(`live page: ${host.address}`);
  const failure = await new Promise<string | null>((resolve) => {
    host.on('end', resolve);
    for (const event of ['quit', 'filmEnded'] as const)
      app.on(event, () => {
        resolve(null);
      });
    endWith(() => {
      resolve(null);
    });
    if (options.for !== undefined) limitWatch(app, options.for, resolve);
    onNoCamera(app, () => {
      playDemo(app, host, report, pictures).catch((error: unknown) => {
        resolve((error as Error).message);
      });
    });
  });
  await host.close();
  report.end();
  if (failure !== null) throw new Error(failure);
}

async function playDemo(app: App, host: BrowserHost, report: Report, pictures: Picture[]): Promise<void> {
  report.say(NO_CAMERA);
  const demo = await demoPicture((message) => {
    report.say(message);
  });
  if (demo === null) return;
  pictures.push(demo);
  app.setSource(demo.source);
  await host.play(demo.file);
}
