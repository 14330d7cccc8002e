/** The queue of jobs as the verbs of `maskwatch jobs` open it, and a job in a line. */
import { dirname, join } from 'node:path';
import { Option } from 'commander';
import type { Job, JobResult } from '../api';
import { JobLog } from '../jobs/log';
import { JobQueue } from '../jobs/queue';
import { openDatabase } from '../store/database';
import { defaultSettingsFile } from '../store/settings';

export interface Place {
  settings?: string;
}

export const settingsOption = (): Option =>
  new Option('--settings <file>', 'settings of the maskwatch that is meant, instead of the user’s');

export const folderOf = ({ settings }: Place): string => dirname(settings ?? defaultSettingsFile());

/**
 * Opens the queue for as long as `use` takes.
 * @throws Error when there is no database to be had: what would be done is lost with this process
 */
export async function withQueue<T>(
  place: Place,
  use: (opened: { queue: JobQueue; folder: string; forget: (id: number) => void }) => T | Promise<T>,
): Promise<T> {
  const folder = folderOf(place);
  const { db, notice } = openDatabase(join(folder, 'maskwatch.db'));
  try {
    if (notice !== null) throw new Error(notice);
    const forget = (id: number): void => {
      JobLog.remove(folder, id);
    };
    return await use({ queue: new JobQueue(db), folder, forget });
  } finally {
    db.close();
  }
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const clock = (seconds: number): string =>
  new Date(1000 * Math.min(seconds, 359_999)).toISOString().slice(11, 19);

/** A job in a line: number, kind, state and how far it is. */
export function describeJob({ id, spec, state, progress }: Job): string {
  const parts = [`job ${String(id)}`, spec.kind, state];
  if (state === 'running' && progress !== null) {
    const { phase, share, secondsLeft, epoch, epochs, loss, imagesPerSecond, pace } = progress;
    parts.push(phase);
    if (epoch !== undefined) parts.push(`epoch ${String(epoch)} of ${String(epochs ?? '?')}`);
    if (loss !== undefined) parts.push(`loss ${loss.toFixed(4)}`);
    if (imagesPerSecond !== undefined) parts.push(`${imagesPerSecond.toFixed(0)} images/s`);
    if (pace !== undefined)
      parts.push(`gives way to the live picture (works ${(100 * pace).toFixed(0)} % of the time)`);
    if (share !== null) parts.push(percent(share));
    if (secondsLeft !== null) parts.push(`${clock(secondsLeft)} left`);
  }
  return parts.join(', ');
}

export function describeResult(result: JobResult): string {
  switch (result.kind) {
    case 'import':
      return `${String(result.crops.correct + result.crops.incorrect + result.crops.none)} crops in ${result.out}`;
    case 'synthesise':
      return `${String(result.pictures.correct)} pictures of masks worn correctly and ${String(result.pictures.incorrect)} of masks that are not, in ${result.folders.join(', ')}`;
    case 'evaluate':
      return `balanced accuracy ${percent(result.metrics.balancedAccuracy)} on ${String(result.metrics.n)} images`;
    case 'train':
    case 'distil':
      return `model ${result.model}${result.metrics === null ? '' : `, balanced accuracy ${percent(result.metrics.balancedAccuracy)}`}`;
    case 'retrain':
      return `model ${result.model}, on the holdout ${percent(result.comparison.before.balancedAccuracy)} before, ${percent(result.comparison.after.balancedAccuracy)} after`;
    default:
      return result satisfies never;
  }
}
