/** The menu as things stand: pausing, the job that runs, what can be shown. */
import { describe, expect, it } from 'vitest';
import type { Comparison, Job, MenuItem, Metrics } from '../src-main/api';
import { menuOf, pauseMinutes, sectionOf, type MenuState } from '../src-main/menu';
import { menuWords } from '../src-main/menu-words';

const state = (change: Partial<MenuState> = {}): MenuState => ({
  compact: false,
  paused: null,
  today: { correct: 12, incorrect: 3, none: 1 },
  jobs: [],
  ready: { retrain: null, distil: null },
  lookedAt: 0,
  ...change,
});
const job = (change: Partial<Job>): Job => ({
  id: 1,
  spec: { kind: 'train', data: ['/faces'], network: 'student', epochs: 30, images: 0, seed: 1 },
  state: 'running',
  added: '2026-11-25T08:00:00Z',
  began: '2026-11-25T08:00:01Z',
  ended: null,
  progress: { phase: 'training', share: 0.314, secondsLeft: 130 },
  fault: null,
  result: null,
  attempts: 1,
  ...change,
});
const ids = (items: readonly MenuItem[]): string[] => items.map(({ id }) => id);
const words = (items: readonly MenuItem[], id: string): string => {
  const item = items.find((one) => one.id === id);
  return item === undefined ? '' : menuWords('en', item);
};

describe('the menu', () => {
  it('offers pausing for a while, the pages there are, and quitting', () => {
    const { icon, progress, items } = menuOf(state());
    expect(ids(items).filter((id) => id !== 'separator')).toEqual([
      'today',
      'live',
      'pause-for',
      'retrain',
      'distil',
      'review',
      'statistics',
      'models',
      'jobs',
      'settings',
      'about',
      'quit',
    ]);
    expect(ids(items.find(({ id }) => id === 'pause-for')!.items!)).toEqual([
      'pause-15',
      'pause-60',
      'pause-day',
      'pause',
    ]);
    expect([icon, progress]).toEqual(['watching', null]);
    expect(words(items, 'today')).toBe('Today: 12 with a mask, 3 incorrectly, 1 without');
  });

  it('makes the live window small where that can be', () => {
    expect(ids(menuOf(state()).items)).not.toContain('compact');
    expect(ids(menuOf(state({ compact: true })).items)).toContain('compact');
  });

  it('says until when it is paused, and offers to go on', () => {
    const { icon, items } = menuOf(state({ paused: { until: '2026-11-25T14:30:00' } }));
    expect(icon).toBe('paused');
    expect(words(items, 'paused-until')).toMatch(/^Paused until 2:30\sPM$/);
    expect(ids(items)).toContain('resume');
    expect(ids(items)).not.toContain('pause-for');
  });

  it('shows how far the job is and what can be asked of it', () => {
    const { icon, progress, items } = menuOf(state({ jobs: [job({})] }));
    expect([icon, progress]).toEqual(['working', 0.314]);
    expect(words(items, 'job')).toBe('Training: 31 %, 3 minutes left');
    expect(ids(items)).toContain('job-pause');
    expect(ids(menuOf(state({ jobs: [job({ state: 'paused' })] })).items)).toContain('job-resume');
  });

  it('shows the job that ended last', () => {
    const jobs = [
      job({ id: 3, state: 'queued', began: null, progress: null }),
      job({ id: 2, state: 'failed', ended: '2026-11-25T10:00:00Z' }),
      job({ id: 1, state: 'done', ended: '2026-11-25T09:00:00Z' }),
    ];
    const { items } = menuOf(state({ jobs }));
    expect(words(items, 'last-job')).toBe('Last job: Training, failed');
    expect(ids(items)).not.toContain('job');
  });

  it('retrains and distils at a press, and says what is missing where it cannot', () => {
    const now = (ready: MenuState['ready']): string[] => {
      const { items } = menuOf(state({ ready }));
      return [words(items, 'retrain'), words(items, 'distil')];
    };
    expect(now({ retrain: null, distil: null })).toEqual(['Retrain now', 'Distil now']);
    expect(now({ retrain: { why: 'off' }, distil: { why: 'data' } })).toEqual([
      'Retrain: turn the review queue on first',
      'Distil: import labelled faces first',
    ]);
    expect(now({ retrain: { why: 'labels', more: 1 }, distil: null })[0]).toBe(
      'Retrain: label 1 more face first',
    );
    expect(now({ retrain: { why: 'visits' }, distil: null })[0]).toBe(
      'Retrain: label faces of more visits first',
    );
    const retraining = job({ spec: { kind: 'retrain' }, state: 'queued' });
    const { items } = menuOf(state({ jobs: [retraining] }));
    expect(
      items.filter(({ id }) => id === 'retrain' || id === 'distil').map(({ enabled }) => enabled),
    ).toEqual([false, true]);
  });

  it('says what came of the last job, and asks for a look at what waits for a person', () => {
    const metrics = { balancedAccuracy: 0.9537 } as Metrics;
    const ended = '2026-11-25T10:00:00Z';
    const trained = job({ state: 'done', ended, result: { kind: 'train', model: 'm', metrics } });
    expect(words(menuOf(state({ jobs: [trained] })).items, 'last-job')).toBe(
      'Last job: Training, balanced accuracy 95.4 %',
    );
    const comparison = { before: { balancedAccuracy: 0.9 }, after: metrics, worse: null } as Comparison;
    const retrained = job({
      spec: { kind: 'retrain' },
      state: 'done',
      ended,
      result: { kind: 'retrain', model: 'm', comparison },
    });
    const { icon, items } = menuOf(state({ jobs: [retrained] }));
    expect(words(items, 'last-job')).toBe('Last job: Retraining, balanced accuracy 95.4 %, before 90 %');
    expect(icon).toBe('attention');
    expect(menuOf(state({ jobs: [retrained], lookedAt: Date.parse(ended) })).icon).toBe('watching');
    expect(menuOf(state({ jobs: [job({ state: 'failed', ended })] })).icon).toBe('attention');
    expect(menuOf(state({ jobs: [trained] })).icon).toBe('watching');
  });

  it('has words in every language', () => {
    const { items } = menuOf(state({ jobs: [job({})], paused: { until: null } }));
    for (const language of ['en', 'zh', 'es', 'fr', 'de', 'ar'] as const)
      for (const item of items) if (item.id !== 'separator') expect(menuWords(language, item)).not.toBe('');
  });
});

it('a pause until tomorrow ends in the morning', () => {
  expect(pauseMinutes('pause-day', new Date(2026, 10, 25, 18, 30))).toBe(11.5 * 60);
  expect(pauseMinutes('pause')).toBeNull();
  expect(pauseMinutes('quit')).toBeUndefined();
  expect(sectionOf('statistics')).toBe('statistics');
  expect(sectionOf('quit')).toBeNull();
});
