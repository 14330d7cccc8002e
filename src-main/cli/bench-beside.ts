/** The live path without and with a training job beside it, in one run: whether the picture keeps its rate. */
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { MASK_CLASSES, type Measurements, type Provider } from '../api';
import type { App } from '../app';
import { writeAtomic } from '../files';
import { JobQueue } from '../jobs/queue';
import { seeded } from '../random';
import { openDatabase } from '../store/database';
import { percentile } from '../watch/figures';
import { withLivePath, type LiveOptions } from './bench-live';

/** One line of `bench --beside-training --json`. */
export interface SpeedBeside {
  net: string;
  provider: Provider;
  /** What trained meanwhile, and how fast at its last word; null for nothing. */
  training: { network: string; imagesPerSecond: number } | null;
  cameraFramesPerSecond: number;
  framesPerSecond: number;
  latencyMs: { p50: number; p95: number } | null;
  /** Looks a second as a share of those without the training; 1 for the first line. */
  kept: number;
}

/** Seconds that the live path has to get up to speed, which differs from run to run. */
const WARM_UP = 10;
const NETWORK = 'student';
/** Pictures of each class that are trained on; what is on them changes nothing of the work. */
const PICTURES = 200;
const SIDE = 128;

/** @throws Error in one sentence when there is nothing to play, no frame is looked at, or the job fails */
export async function* speedBeside(options: LiveOptions): AsyncGenerator<SpeedBeside> {
  const lines: SpeedBeside[] = [];
  await withLivePath(options, async (app, folder) => {
    options.say('getting up to speed');
    await measured(app, WARM_UP);
    options.say('without a job');
    const alone = await measured(app, options.seconds);
    lines.push(lineOf(app, alone, null, alone));
    const data = await noise(join(folder, 'noise'));
    const { db } = openDatabase(join(folder, 'maskwatch.db'));
    try {
      const queue = new JobQueue(db);
      const { id } = queue.add({ kind: 'train', data: [data], network: NETWORK, epochs: 1000 });
      const speed = (): number => {
        const { progress, fault } = queue.get(id);
        if (fault !== null) throw new Error(`the training failed: ${fault}`);
        return progress?.imagesPerSecond ?? 0;
      };
      while (speed() === 0) await once(app, 'measured');
      options.say('with a training job');
      const beside = await measured(app, options.seconds);
      const imagesPerSecond = Math.round(speed() * 10) / 10;
      lines.push(lineOf(app, beside, { network: NETWORK, imagesPerSecond }, alone));
    } finally {
      db.close();
    }
  });
  yield* lines;
}

function lineOf(
  app: App,
  now: Measurements,
  training: SpeedBeside['training'],
  alone: Measurements,
): SpeedBeside {
  const { provider, model } = app.status;
  const perSecond = (count: number, { seconds }: Measurements): number =>
    Math.round((count / seconds) * 10) / 10;
  const looks = perSecond(now.frames, now);
  return {
    net: `face detector + ${model.name}`,
    provider: provider.name,
    training,
    cameraFramesPerSecond: perSecond(now.cameraFrames, now),
    framesPerSecond: looks,
    latencyMs:
      now.ages.length === 0 ? null : { p50: percentile(now.ages, 0.5), p95: percentile(now.ages, 0.95) },
    kept: Math.round((looks / perSecond(alone.frames, alone)) * 1000) / 1000,
  };
}

/** What the page measures in so many seconds, added up. */
async function measured(app: App, seconds: number): Promise<Measurements> {
  const sum: Measurements = { cameraFrames: 0, frames: 0, seconds: 0, ages: [], detectMs: [] };
  while (sum.seconds < seconds) {
    const [part] = (await once(app, 'measured')) as [Measurements];
    sum.cameraFrames += part.cameraFrames;
    sum.frames += part.frames;
    sum.seconds += part.seconds;
    sum.ages.push(...part.ages);
  }
  return sum;
}

/** Folders of noise, as JPEG like a site's own pictures. */
async function noise(folder: string): Promise<string> {
  const next = seeded(1);
  for (const name of MASK_CLASSES) {
    await mkdir(join(folder, name), { recursive: true });
    for (let i = 0; i < PICTURES; i++) {
      const pixels = Uint8Array.from({ length: SIDE * SIDE * 3 }, () => next() * 256);
      const picture = sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } });
      await writeAtomic(join(folder, name, `${name}-${String(i)}.jpg`), await picture.jpeg().toBuffer());
    }
  }
  return folder;
}

export const describeBeside = ({
  training,
  cameraFramesPerSecond,
  framesPerSecond,
  latencyMs,
  kept,
}: SpeedBeside): string =>
  [
    training === null
      ? 'without a job'
      : `beside training of ${training.network} at ${String(training.imagesPerSecond)} images/s`,
    `: ${String(framesPerSecond)} of ${String(cameraFramesPerSecond)} camera frames/s looked at`,
    training === null ? '' : ` (${(100 * kept).toFixed(1)} % of the rate without)`,
    latencyMs === null
      ? ', no face was seen'
      : `, verdicts ${String(latencyMs.p50)} ms old (p50), ${String(latencyMs.p95)} ms (p95)`,
  ].join('');
