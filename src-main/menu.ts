/**
 * The menu of the tray, and the same on the pages: what can be chosen as things stand. Pure; its words are
 * the languages' own. What is not built is not in it.
 */
import type { Counts, DeskEvent, Job, JobKind, Menu, MenuAction, MenuItem, Ready, Status } from './api';

/** A part of the desk that can be asked for. */
export type DeskSection = Extract<DeskEvent, { type: 'show' }>['section'];

export interface MenuState {
  /** Whether the live window can be made small. */
  compact: boolean;
  paused: Status['paused'];
  /** Visits of today. */
  today: Counts;
  /** Newest first. */
  jobs: readonly Job[];
  /** What can be begun at a press. */
  ready: Ready;
  /** When somebody last looked at the jobs, in milliseconds since the epoch: what ended since wants a look. */
  lookedAt: number;
}

/** What can be shown: pages of src-renderer/desk, and the settings beside the picture. A page that comes is added here. */
const SECTIONS = [
  'review',
  'statistics',
  'models',
  'jobs',
  'settings',
  'about',
] as const satisfies readonly DeskSection[];

const entry = (id: MenuAction): MenuItem => ({ id, enabled: true });
const note = (id: MenuItem['id'], values: Record<string, string | number> = {}): MenuItem => ({
  id,
  enabled: false,
  values,
});

function lastEnded(jobs: readonly Job[]): Job | null {
  const ended = jobs.filter((job) => job.ended !== null);
  return ended.reduce<Job | null>(
    (best, job) => (best === null || job.ended! > best.ended! ? job : best),
    null,
  );
}

/** What came of a job, as far as it is a figure: balanced accuracy in percent, and what it was before. */
function resultOf({ result }: Job): Record<string, number> {
  const percent = (share: number): number => Math.round(1000 * share) / 10;
  switch (result?.kind) {
    case 'retrain': {
      const { before, after } = result.comparison;
      return { before: percent(before.balancedAccuracy), share: percent(after.balancedAccuracy) };
    }
    case 'train':
    case 'distil':
    case 'evaluate':
      return result.metrics === null ? {} : { share: percent(result.metrics.balancedAccuracy) };
    default:
      return {};
  }
}

/** Whether the job that ended last waits for a person: it failed, or its model may judge from now on. */
function wantsALook(jobs: readonly Job[], lookedAt: number): boolean {
  const last = lastEnded(jobs);
  if (last === null || Date.parse(last.ended!) <= lookedAt) return false;
  return (
    last.state === 'failed' || (last.result?.kind === 'retrain' && last.result.comparison.worse === null)
  );
}

const isUnderWay = (jobs: readonly Job[], kind: JobKind): boolean =>
  jobs.some(
    ({ spec, state }) =>
      spec.kind === kind && (state === 'queued' || state === 'running' || state === 'paused'),
  );

/** Retraining and distilling at a press; what is missing for it is said by the entry, which then leads to where it begins. */
const begins = (jobs: readonly Job[], ready: Ready): MenuItem[] =>
  (['retrain', 'distil'] as const).map((kind) => ({
    id: kind,
    enabled: !isUnderWay(jobs, kind),
    ...(ready[kind] && { values: ready[kind] }),
  }));

/** The job that runs or was paused, with what can be asked of it, and the one that ended last. */
function jobItems(jobs: readonly Job[]): { share: number | null; items: MenuItem[] } {
  const current = jobs.find(({ state }) => state === 'running' || state === 'paused');
  const last = lastEnded(jobs);
  const items: MenuItem[] = [];
  const { share = null, secondsLeft = null } = current?.progress ?? {};
  if (current !== undefined) {
    const left = secondsLeft === null ? {} : { minutesLeft: Math.ceil(secondsLeft / 60) };
    items.push(
      note('job', { kind: current.spec.kind, percent: Math.round((share ?? 0) * 100), ...left }),
      entry(current.state === 'running' ? 'job-pause' : 'job-resume'),
      entry('job-cancel'),
    );
  }
  if (last !== null)
    items.push(note('last-job', { kind: last.spec.kind, state: last.state, ...resultOf(last) }));
  return { share: current?.state === 'running' ? share : null, items };
}

export function menuOf({ compact, paused, today, jobs, ready, lookedAt }: MenuState): Menu {
  const working = jobs.some(({ state }) => state === 'running');
  const { share, items } = jobItems(jobs);
  const groups: MenuItem[][] = [
    [
      note('today', { ...today }),
      ...(paused === null
        ? []
        : [paused.until === null ? note('paused') : note('paused-until', { until: paused.until })]),
    ],
    [
      entry('live'),
      ...(compact ? [entry('compact')] : []),
      paused === null
        ? {
            id: 'pause-for',
            enabled: true,
            items: (['pause-15', 'pause-60', 'pause-day', 'pause'] as const).map(entry),
          }
        : entry('resume'),
    ],
    [...items, ...begins(jobs, ready)],
    SECTIONS.map(entry),
    [entry('quit')],
  ];
  return {
    icon: working
      ? 'working'
      : wantsALook(jobs, lookedAt)
        ? 'attention'
        : paused === null
          ? 'watching'
          : 'paused',
    progress: share,
    items: groups
      .filter((group) => group.length > 0)
      .flatMap((group, index) =>
        index === 0 ? group : [{ id: 'separator' as const, enabled: false }, ...group],
      ),
  };
}

/** Minutes that an entry pauses for, null until it is resumed by hand; undefined for an entry that does not pause. */
export function pauseMinutes(action: MenuAction, now = new Date()): number | null | undefined {
  switch (action) {
    case 'pause-15':
      return 15;
    case 'pause-60':
      return 60;
    case 'pause-day': {
      const tomorrow = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, 6);
      return Math.max(1, (tomorrow.getTime() - now.getTime()) / 60_000);
    }
    case 'pause':
      return null;
    default:
      return undefined;
  }
}

/** The section that an entry shows, or null. */
export const sectionOf = (action: MenuAction): DeskSection | null =>
  SECTIONS.find((section) => section === action) ?? null;
