/** How a watch begins and when it ends by itself: the same under both hosts. */
import { resolve } from 'node:path';
import { App, type AppOptions } from '../app';
import { defaultSettingsFile, SettingsStore } from '../store/settings';
import { writeLog } from '../outputs/log';
import { serveMetrics } from '../outputs/metrics';
import { studentsBeside } from '../watch/students';
import type { MonitorOptions } from './monitor-options';
import { namedModels, shippedModel } from './options';
import { Report } from './watch-report';
import type { Picture } from './source';
import { version } from './version';

/** Seconds in which the first frame must have come when the watch is limited by --for. */
const FIRST_FRAME = 180;

/**
 * Builds the app for a picture, and what reports of it.
 * @param host what is particular to the host
 * @returns `close` ends the app and all that listens to it
 * @throws Error in one sentence when the settings, the model, the provider or the port for metrics cannot be used
 */
export async function beginWatch(
  options: MonitorOptions,
  picture: Picture,
  host: Pick<AppOptions, 'host' | 'window' | 'startProcess' | 'startWithComputer'> = {},
): Promise<{ app: App; report: Report; close: () => Promise<void> }> {
  const settings = await SettingsStore.open(options.settings ?? defaultSettingsFile());
  const { provider, reach, pipeline, classes, kiosk } = options;
  const { model, detector } = namedModels(options);
  const overrides = {
    ...(provider && { provider }),
    ...(reach && { reach }),
    ...(pipeline && { pipeline }),
    ...(kiosk && { windowMode: 'kiosk' as const }),
  };
  const shipped = shippedModel();
  // A network that was named is the one that watches.
  const app = await App.open({
    version,
    model: shipped,
    ...(resolve(model) === shipped ? { others: await studentsBeside(shipped) } : { pinned: model }),
    settings,
    overrides,
    source: picture.source,
    ...(picture.film && { film: picture.film }),
    detector: { model: detector, ...(classes && { classes }) },
    ...host,
  });
  const report = new Report(app, options.json === true);
  const outputs: { close(): Promise<void> }[] = [app];
  const close = async (): Promise<void> => {
    for (const output of outputs.reverse()) await output.close();
  };
  try {
    if (options.metricsPort !== undefined) {
      const metrics = await serveMetrics(app, options.metricsPort);
      outputs.push(metrics);
      report.say(`metrics: ${metrics.address}`);
    }
  } catch (error) {
    await close();
    throw error;
  }
  if (options.log !== undefined)
    outputs.push(
      writeLog(app, options.log, (message) => {
        report.say(message);
      }),
    );
  for (const notice of app.notices) report.say(notice);
  const { name, reason } = app.status.provider;
  const { why } = app.status.model;
  report.say(`classifier: ${app.status.model.name} on ${name} (${reason})`);
  if (why !== undefined) report.say(`student: ${why}`);
  const { pipeline: runs } = app.status;
  report.say(`pipeline: ${runs.name} (${runs.reason})`);
  return { app, report, close };
}

/**
 * Ends a watch some seconds after its first frame.
 * @param end called with null then, or with a sentence when no frame comes at all
 */
export function limitWatch(app: App, seconds: number, end: (failure: string | null) => void): void {
  let camera = 'the page did not open';
  app.on('camera', ({ state, message }) => {
    camera = state === 'running' ? 'the camera runs, but the detector does not' : message;
  });
  const late = setTimeout(() => {
    end(`no frame was looked at in ${String(FIRST_FRAME)} s: ${camera}`);
  }, FIRST_FRAME * 1000);
  // A watch that ends sooner does not wait for these.
  late.unref();
  app.once('look', () => {
    clearTimeout(late);
    setTimeout(() => {
      end(null);
    }, seconds * 1000).unref();
  });
}

/**
 * Calls back once when the page finds no camera at the start; one that is lost later may come back, and in a window that
 * fills the screen of a door so may one that was never there.
 */
export function onNoCamera(app: App, callback: () => void): void {
  if (app.window === 'kiosk' || app.status.source.kind !== 'camera') return;
  const decide = ({ state }: { state: string }): void => {
    if (state !== 'absent' && state !== 'running') return;
    app.off('camera', decide);
    if (state === 'absent') callback();
  };
  app.on('camera', decide);
}
