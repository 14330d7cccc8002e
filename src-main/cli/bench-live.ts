/** The whole live path, measured: the demo (or a film) as the camera, headless, for some seconds. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from '../app';
import type { Provider, ProviderChoice, Summary } from '../api';
import { BrowserHost } from '../kiosk/host';
import { SettingsStore } from '../store/settings';
import { demoPicture, firstPicture } from './source';
import { version } from './version';
import { limitWatch } from './watching';

/** Frames a second of the article's detector and classifier on video (Ding, Li, Yastremsky 2021). */
const ARTICLE_FRAMES_PER_SECOND = 6;

/** One line of `bench --live --json`. */
export interface LiveSpeed {
  /** Classifier and detector together. */
  net: string;
  provider: Provider;
  /** Camera frames that came, and frames that were looked at, a second. */
  cameraFramesPerSecond: number;
  framesPerSecond: number;
  /** From a camera frame's arrival to its verdicts drawn. */
  latencyMs: Summary['latencyMs'];
  ratioToArticle: number;
}

export interface LiveOptions {
  model: string;
  provider: ProviderChoice;
  /** Seconds to watch, from the first frame. */
  seconds: number;
  /** A Motion JPEG film instead of the demo. */
  source?: string;
  say: (line: string) => void;
}

/** @throws Error in one sentence when there is nothing to play or no frame is looked at */
export function liveSpeed(options: LiveOptions): Promise<LiveSpeed> {
  return withLivePath(options, async (app) => {
    const over = new Promise<string | null>((resolve) => {
      limitWatch(app, options.seconds, resolve);
    });
    const why = await over;
    if (why !== null) throw new Error(why);
    const { fps, cameraFps, latencyMs, provider, model } = app.summary();
    return {
      net: `face detector + ${model}`,
      provider,
      cameraFramesPerSecond: cameraFps,
      framesPerSecond: fps,
      latencyMs,
      ratioToArticle: Math.round((fps / ARTICLE_FRAMES_PER_SECOND) * 1000) / 1000,
    };
  });
}

/**
 * Watches the demo or a film without a window for as long as `use` takes.
 * @param use given the app and the folder of its settings
 * @throws Error in one sentence when there is nothing to play, or the browser ends before `use` does
 */
export async function withLivePath<T>(
  { model, provider, source, say }: LiveOptions,
  use: (app: App, folder: string) => Promise<T>,
): Promise<T> {
  const picture = source === undefined ? await demoPicture(say) : await firstPicture({ source }, say);
  if (picture === null) throw new Error('there is no demo to measure with; name a film with --source');
  const folder = await mkdtemp(join(tmpdir(), 'maskwatch-bench-'));
  try {
    const settings = await SettingsStore.open(join(folder, 'settings.json'));
    const app = await App.open({
      ...{ version, model, settings, overrides: { provider }, source: picture.source },
      ...(picture.film && { film: picture.film }),
    });
    try {
      const sessionFile = join(folder, 'session.json');
      const host = await BrowserHost.open({ app, camera: picture.file, sessionFile });
      const failure = new Promise<string>((resolve) => {
        host.on('end', (reason) => {
          resolve(reason ?? 'the browser was closed');
        });
      });
      const ended = failure.then((why) => Promise.reject(new Error(why)));
      try {
        return await Promise.race([use(app, folder), ended]);
      } finally {
        ended.catch(() => undefined);
        await host.close();
      }
    } finally {
      await app.close();
    }
  } finally {
    await picture.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Its line for people. */
export function describeLive({
  framesPerSecond,
  cameraFramesPerSecond,
  latencyMs,
  provider,
  ratioToArticle,
}: LiveSpeed): string {
  const age =
    latencyMs === null
      ? 'no face was seen'
      : `verdicts ${latencyMs.p50} ms old (p50), ${latencyMs.p95} ms (p95)`;
  return (
    `live path on ${provider}: ${framesPerSecond} of ${cameraFramesPerSecond} camera frames/s looked at ` +
    `(${ratioToArticle.toFixed(2)} of the article's ${ARTICLE_FRAMES_PER_SECOND}), ${age}`
  );
}
