/**
 * The Electron host: the same app as in the browser host, in a window of its own. Opens the window, carries
 * messages and asks the system; all else is in app/ and api/.
 */
import '../onnx/no-telemetry';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Command, CommanderError } from 'commander';
import { app as electron, session as sessions, systemPreferences } from 'electron';
import { WINDOW_MODES } from '../api';
import { withMonitorOptions, type MonitorOptions } from '../cli/monitor-options';
import { fail, say, USAGE_ERROR } from '../cli/output';
import { endWith, listenForSignals } from '../cli/signals';
import { firstPicture, NO_CAMERA, type Picture } from '../cli/source';
import { beginWatch, limitWatch, onNoCamera } from '../cli/watching';
import { Pulse } from '../pulse';
import { startUtilityProcess } from './job-process';
import { serveLines } from './lines';
import { guardContents, guardSession } from './permissions';
import { registerScheme, servePages } from './protocol';
import { DeskWindows, pagesLanguage } from './desk-windows';
import { setKeys } from './keys';
import { startWithComputer } from './login';
import { openTray } from './tray';
import { lookForUpdates, updateAddress } from './updates';
import { openLiveWindow } from './windows';

/** A file as the camera; the detector's WebGL where there is no GPU. Before the app is ready. */
function setSwitches(picture: Picture, updates: URL | null): void {
  electron.commandLine.appendSwitch('enable-unsafe-swiftshader');
  electron.commandLine.appendSwitch('disable-quic');
  // Pages come from the package: Chromium needs no address at all.
  const exception = updates === null ? '' : `, EXCLUDE ${updates.hostname}`;
  electron.commandLine.appendSwitch('host-resolver-rules', `MAP * ~NOTFOUND${exception}`);
  if (picture.file === null) return;
  electron.commandLine.appendSwitch('use-fake-device-for-media-stream');
  electron.commandLine.appendSwitch('use-file-for-fake-video-capture', picture.file);
}

/** @returns the exit code */
async function watch({ options, picture, updates }: Prepared): Promise<number> {
  const { app, report, close } = await beginWatch(options, picture, {
    host: 'electron',
    ...(!options.headless && { window: { modes: WINDOW_MODES, frameless: true } }),
    startProcess: startUtilityProcess,
    startWithComputer,
  });
  const notice = (message: string): void => {
    report.say(message);
  };
  await electron.whenReady();
  if (process.platform === 'darwin' && picture.source.kind === 'camera')
    await systemPreferences.askForMediaAccess('camera');

  // Of its own and in memory only: nothing of a page is kept.
  const session = sessions.fromPartition('maskwatch');
  guardSession(session);
  servePages(session);
  serveLines((channel, page) => {
    app.serve(channel, page);
  }, notice);

  const stopUpdates = updates === null ? null : await lookForUpdates((message) => app.notice(message));

  const desk = new DeskWindows(app, session);
  electron.on('second-instance', () => {
    desk.showLive();
  });
  setKeys({
    window: (order) => {
      desk.order(order);
    },
    quit: () => {
      app.choose('quit');
    },
  });
  const pulse = new Pulse();
  app.on('alive', () => {
    pulse.beats();
  });
  const { window } = app;
  const closeTray = window === 'headless' ? null : openTray(app, pagesLanguage(app), () => desk.showLive());
  const failure = await new Promise<string | null>((resolve) => {
    endWith(() => {
      resolve(null);
    });
    for (const event of ['quit', 'filmEnded'] as const)
      app.on(event, () => {
        resolve(null);
      });
    electron.on('window-all-closed', () => {
      resolve(null);
    });
    if (options.for !== undefined) limitWatch(app, options.for, resolve);
    onNoCamera(app, () => {
      // Chromium takes a file as the camera only when it starts.
      notice(NO_CAMERA);
      electron.relaunch({ args: [...process.argv.slice(1), '--demo'] });
      resolve(null);
    });
    openLiveWindow({
      session,
      kiosk: window === 'kiosk',
      hidden: window === 'headless',
      place: window === 'headless' ? null : app.places.of(window),
      pulse,
      visitors: () => app.settings.languages.visitors,
      mayClose: () => app.window !== 'kiosk' || !app.guarded,
      onNotice: (message: string) => {
        app.notice(message);
      },
    }).then(
      (opened) => {
        desk.live = opened;
      },
      (error: unknown) => {
        resolve(`the window cannot be opened: ${(error as Error).message}`);
      },
    );
  });
  stopUpdates?.();
  closeTray?.();
  report.end();
  await close();
  if (failure !== null) fail(failure);
  return failure === null ? 0 : 1;
}

/** What is known before Electron is ready. */
interface Prepared {
  options: MonitorOptions;
  picture: Picture;
  /** Where newer versions are looked for; null for nowhere. */
  updates: URL | null;
}

/** Where updates come from; one that cannot be had is said, and keeps no door from watching. */
function updatesIfAsked(): URL | null {
  try {
    return updateAddress();
  } catch (error) {
    say((error as Error).message);
    return null;
  }
}

/** What is done before Electron is ready; null when there is nothing to open. */
async function prepare(): Promise<Prepared | null> {
  // From `maskwatch monitor` after the script's path; a packaged app has its options at once.
  const typed = process.argv.slice(process.argv[1]?.endsWith('desktop.js') === true ? 2 : 1);
  const command = withMonitorOptions(new Command('maskwatch')).exitOverride();
  command.parse(typed[0] === 'monitor' ? typed.slice(1) : typed, { from: 'user' });
  const options = command.opts<MonitorOptions>();
  // One for each folder of settings, so that one can watch each of several cameras.
  const folder = process.env['MASKWATCH_CONFIG'];
  if (folder) {
    mkdirSync(join(folder, 'electron'), { recursive: true, mode: 0o700 });
    electron.setPath('userData', join(folder, 'electron'));
  }
  if (!electron.requestSingleInstanceLock()) {
    say('maskwatch is open already');
    return null;
  }
  listenForSignals();
  const picture = await firstPicture(options, say);
  const updates = updatesIfAsked();
  setSwitches(picture, updates);
  return { options, picture, updates };
}

/** Ends with the exit code of what is done; a failure is told in one sentence. */
async function endAfter(work: () => Promise<number | null>): Promise<void> {
  try {
    const code = await work();
    if (code !== null) electron.exit(code);
  } catch (error) {
    // Commander has said itself what is wrong.
    if (!(error instanceof CommanderError)) fail(error);
    electron.exit(error instanceof CommanderError ? Math.min(error.exitCode, 1) * USAGE_ERROR : 1);
  }
}

registerScheme();
electron.enableSandbox();
electron.on('web-contents-created', (_event, contents) => {
  guardContents(contents);
});
await endAfter(async () => {
  // Electron waits with `ready` until this module has run: what must be set before, is.
  const prepared = await prepare();
  if (prepared === null) return 0;
  // Not awaited here, or `ready` would wait for what waits for it.
  void endAfter(async () => {
    try {
      return await watch(prepared);
    } finally {
      await prepared.picture.remove();
    }
  });
  return null;
});
