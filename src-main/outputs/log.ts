/**
 * A log for those who look after the machine, where it is asked for: a JSON object a line, in files that replace each
 * other. What happened to the watch, and once a minute how it goes. Nothing of a face, no verdict either: at a quiet door
 * a minute's count is one person's, and lines stay when counts are deleted. No user's name where a path would hold it.
 */
import { homedir } from 'node:os';
import { pino } from 'pino';
import { createStream } from 'rotating-file-stream';
import type { App } from '../app';

/** A file, and files in all: 10 MB, some months of a quiet door. */
const FILE_SIZE = '1M';
const MOST_FILES = 10;
const MINUTE = 60_000;

export interface Log {
  /** Writes what is left. */
  close(): Promise<void>;
}

/** Paths under the user's folder name the user. */
const nameless = (message: string): string => message.replaceAll(homedir(), '~');

/**
 * Writes a log of an app.
 * @param folder is made where there is none
 * @param onFault told in a sentence, once, when it cannot be written; the watch goes on without it
 */
export function writeLog(app: App, folder: string, onFault: (message: string) => void): Log {
  const stream = createStream('maskwatch.log', {
    path: folder,
    size: FILE_SIZE,
    rotate: MOST_FILES - 1,
    mode: 0o600,
  });
  let failed = false;
  stream.on('error', (error) => {
    if (!failed) onFault(`the log in ${folder} cannot be written: ${error.message}`);
    failed = true;
  });
  const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream);
  const { version, model, provider, source, pipeline } = app.status;
  const { name, reason } = pipeline;
  log.info(
    {
      ...{ version, model: model.name, provider: provider.name, source: source.kind },
      pipeline: { name, reason: nameless(reason) },
    },
    'begins',
  );
  let looks = 0;
  app.on('look', () => looks++);
  app.on('camera', ({ state }) => {
    log.info({ state }, 'camera');
  });
  app.on('fault', (message) => {
    log.warn(nameless(message));
  });
  const timer = setInterval(() => {
    const { latencyMs } = app.summary();
    const memory = Math.round(process.memoryUsage().rss / 2 ** 20);
    log.info({ looks, latencyMs, memoryMB: memory }, 'minute');
    looks = 0;
  }, MINUTE).unref();
  return {
    close: () =>
      new Promise((resolve) => {
        clearInterval(timer);
        log.info('ends');
        if (failed) resolve();
        else
          stream.end(() => {
            resolve();
          });
      }),
  };
}
