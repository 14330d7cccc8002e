/**
 * What menu and tray begin at a press: retraining from the reviewed faces, and a distillation of what this site has. Says
 * what is missing where there is nothing to begin with.
 */
import { existsSync } from 'node:fs';
import type { Job, JobRequest, Ready } from '../api';
import { namedArchitecture } from '../nets';
import { lackOf } from '../review/dataset';
import type { Registry } from '../store/registry';

/** The folders of labelled faces that a job left or was given; [] for one that tells of none. */
function foldersOf({ spec, state, result }: Job): string[] {
  switch (spec.kind) {
    case 'train':
    case 'distil':
      return spec.data;
    case 'import':
      return state === 'done' ? [spec.out] : [];
    case 'synthesise':
      return result?.kind === 'synthesise' ? [...spec.data, ...result.folders] : spec.data;
    case 'evaluate':
    case 'retrain':
      return [];
    default:
      return spec satisfies never;
  }
}

/**
 * The folders that this site trains on: those of the newest job that tells of any, as far as they are still there.
 * @param jobs newest first
 */
export function foldersOfSite(jobs: readonly Job[]): string[] {
  for (const job of jobs) {
    const folders = foldersOf(job);
    if (folders.length > 0 && folders.every((folder) => existsSync(folder))) return folders;
  }
  return [];
}

export interface Standing {
  /** Newest first. */
  jobs: readonly Job[];
  /** Whether faces are kept, how many there are, and how many have a class. */
  review: { on: boolean; kept: number; learn: number; holdout: number };
}

export function readyFor({ jobs, review }: Standing): Ready {
  const lack = lackOf(review);
  return {
    retrain: lack !== null && !review.on && review.kept === 0 ? { why: 'off' } : lack,
    distil: foldersOfSite(jobs).length > 0 ? null : { why: 'data' },
  };
}

/** What a distillation learns when it is begun at a press. */
const STUDENT = 'student';

/**
 * A distillation of what this site has: the student, on the folders that were last trained on, taught by the newest
 * model that is larger than it is, or else by the one that judges.
 * @throws Error when no folder is known
 */
export async function distillationOf(jobs: readonly Job[], registry: Registry): Promise<JobRequest> {
  const data = foldersOfSite(jobs);
  if (data.length === 0) throw new Error('no folder of labelled faces is known here: import one first');
  const { models } = await registry.list();
  const shipped = models.at(-1);
  const larger = models.find(({ parameters }) => parameters > (shipped?.parameters ?? Infinity));
  const teacher = larger ?? models.find(({ current }) => current) ?? shipped;
  const network = namedArchitecture(STUDENT).name;
  return { kind: 'distil', data, network, teachers: teacher ? [teacher.id] : [] };
}
