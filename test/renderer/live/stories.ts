/**
 * Every state of the live page by name, for the tests that look at all of them (axe, layout) and for looking
 * at them oneself: stories.html?story=NAME on a Vite server at the project's root.
 */
import { ELSEWHERE, WINDOW_MODES, type Menu, type Verdict } from '../../../src-main/api';
import type { TextKey } from '../../../src-main/languages';
import { text } from '../../../src-renderer/texts.svelte';
import { DARK } from '../../../src-renderer/vision/watcher';
import type { Person } from './drawn-people';
import type { stageSession } from './stage-hands';
import { DrawnMedia, STATUS, type Cast } from './stage-hands';

export type Staged = ReturnType<typeof stageSession>;
export interface Story {
  cast?: () => Cast;
  /** Done once the page stands. */
  then?: (staged: Staged, page: HTMLElement) => Promise<void> | void;
}

const VERDICTS: Verdict[] = ['correct', 'incorrect', 'none', 'unsure'];
const COUNTS = { correct: 128, incorrect: 17, none: 9 };

const one = (wears: Verdict) => (): Cast => ({
  counts: COUNTS,
  people: (time) => [{ id: 7, x: 640 + 30 * Math.sin(time / 900), y: 300, size: 220, wears }],
});

const row = (number: number, size: number): Person[] =>
  Array.from({ length: number }, (_, index) => ({
    id: index + 1,
    x: 120 + (index * 1060) / Math.max(1, number - 1),
    y: 290 + (index % 2) * 60,
    size,
    wears: VERDICTS[index % 4]!,
  }));

const crowd = (): Person[] =>
  Array.from({ length: 12 }, (_, index) => ({
    id: index + 1,
    x: 250 + (index % 6) * 150 + (index % 2) * 25,
    y: 190 + Math.floor(index / 6) * 200 + (index % 3) * 22,
    size: 92 + (index % 4) * 14,
    wears: VERDICTS[(index * 7) % 4]!,
  }));

const edges = (): Person[] => [
  { id: 1, x: 40, y: 60, size: 180, wears: 'incorrect' },
  { id: 2, x: 1250, y: 70, size: 170, wears: 'none' },
  { id: 3, x: 60, y: 640, size: 190, wears: 'correct' },
  { id: 4, x: 1240, y: 640, size: 160, wears: 'incorrect' },
  { id: 5, x: 640, y: 380, size: 640, wears: 'none' },
];

/** The menu while a job runs. */
const WORKING: Menu = {
  icon: 'working',
  progress: 0.42,
  items: [
    { id: 'today', enabled: false, values: { correct: 214, incorrect: 31, none: 12 } },
    { id: 'separator', enabled: false },
    { id: 'job', enabled: false, values: { kind: 'retrain', percent: 42, minutesLeft: 12 } },
    { id: 'job-pause', enabled: true },
    { id: 'job-cancel', enabled: true },
    { id: 'last-job', enabled: false, values: { kind: 'distil', state: 'done', share: 95.4 } },
    { id: 'retrain', enabled: false },
    { id: 'distil', enabled: true },
    { id: 'quit', enabled: true },
  ],
};

const refused = (name: string) => (): Cast => {
  const media = new DrawnMedia();
  media.refusal = new DOMException('refused', name);
  if (name === 'NotFoundError') media.devices = [];
  return { media };
};

const openSettings = (_: Staged, page: HTMLElement): void =>
  page.querySelector<HTMLElement>('header button[aria-expanded]')?.click();

/** Opens the settings with only one of their sections open. */
const section =
  (name: TextKey): NonNullable<Story['then']> =>
  async (staged, page) => {
    openSettings(staged, page);
    await until(() => page.querySelector('details') !== null);
    for (const details of page.querySelectorAll('details'))
      details.open = details.querySelector('summary')?.textContent === text(name);
    await until(() => page.querySelector('details[open]') !== null);
  };

/** As in Electron, whose window has no frame. */
const FRAMELESS = { host: 'electron', window: { modes: WINDOW_MODES, frameless: true } } as const;

/** Goes through the first run as far as a step. */
const toStep =
  (step: 'stand' | 'done'): NonNullable<Story['then']> =>
  async (_, page) => {
    const at = (name: string): boolean => page.querySelector(`[data-step="${name}"]`) !== null;
    await until(() => at('camera') && page.querySelector<HTMLButtonElement>('.go')?.disabled === false);
    page.querySelector<HTMLElement>('.go')!.click();
    await until(() => at(step));
  };

export const STORIES: Record<string, Story> = {
  nobody: { cast: () => ({ counts: COUNTS }) },
  correct: { cast: one('correct') },
  incorrect: { cast: one('incorrect') },
  none: { cast: one('none') },
  unsure: { cast: one('unsure') },
  four: { cast: () => ({ counts: COUNTS, people: () => row(4, 190) }) },
  crowd: { cast: () => ({ counts: { correct: 1204, incorrect: 317, none: 96 }, people: crowd }) },
  edges: { cast: () => ({ people: edges }) },
  frameless: { cast: () => ({ ...one('correct')(), status: FRAMELESS }) },
  kiosk: { cast: () => ({ ...one('correct')(), status: FRAMELESS, settings: { windowMode: 'kiosk' } }) },
  working: { cast: () => ({ ...one('correct')(), desk: { menu: WORKING } }) },
  mirrored: { cast: () => ({ settings: { mirror: true }, people: () => row(4, 150) }) },
  absent: { cast: refused('NotFoundError') },
  denied: { cast: refused('NotAllowedError') },
  busy: { cast: refused('NotReadableError') },
  failed: { cast: refused('AbortError') },
  lost: {
    cast: one('correct'),
    then: async ({ media, session }) => {
      await until(() => session.camera.track !== null);
      media.devices = [];
      session.camera.track?.dispatchEvent(new Event('ended'));
    },
  },
  instead: {
    cast: () => ({
      settings: { camera: { deviceId: 'gone', label: 'Gate camera' } },
      people: () => row(1, 200),
    }),
  },
  demo: {
    cast: () => ({ ...one('none')(), status: { source: { kind: 'demo', name: 'demo' } } }),
  },
  file: {
    cast: () => ({
      ...one('correct')(),
      status: {
        source: {
          kind: 'file',
          name: 'a-rather-long-name-of-a-recording-from-the-side-entrance-monday.mjpeg',
        },
        provider: { ...STATUS.provider, fellBack: true },
      },
    }),
  },
  reconnecting: {
    cast: one('correct'),
    then: async ({ connection, session }) => {
      await until(() => session.sight.faces.length > 0);
      connection('closed');
    },
  },
  slow: { cast: () => ({ slow: true }) },
  elsewhere: {
    cast: one('correct'),
    then: async ({ refuseLooks, session }) => {
      await until(() => session.sight.faces.length > 0);
      refuseLooks(ELSEWHERE);
    },
  },
  dark: {
    cast: () => ({ counts: COUNTS }),
    then: async ({ fault, session }) => {
      await until(() => session.looking);
      fault({ where: 'camera', message: DARK });
    },
  },
  notices: {
    cast: () => ({
      ...one('correct')(),
      notices: [
        'the settings in /home/door/.config/maskwatch/settings.json cannot be read: they were set aside as settings.json.broken; the defaults are used',
      ],
    }),
    then: openSettings,
  },
  settings: {
    cast: () => ({ ...one('incorrect')(), settings: { reach: 'far' } }),
    then: openSettings,
  },
  ...Object.fromEntries(
    (
      ['judging', 'visits', 'languages', 'sounds', 'privacy', 'outputs', 'access', 'system', 'about'] as const
    ).map((name) => [
      `settings-${name}`,
      { cast: one('incorrect'), then: section(`settings.sections.${name}`) },
    ]),
  ),
  'settings-models': { cast: one('incorrect'), then: section('menu.models') },
  'settings-jobs': {
    cast: () => ({ ...one('incorrect')(), desk: { menu: WORKING } }),
    then: section('menu.jobs'),
  },
  'settings-pin-set': {
    cast: () => ({ desk: { access: { pinSet: true } } }),
    then: section('settings.sections.access'),
  },
  'settings-refused': {
    cast: one('correct'),
    then: async (staged, page) => {
      openSettings(staged, page);
      staged.refuseSettings(
        'the settings hold for now but could not be saved to /home/door/.config/maskwatch/settings.json: no space left on the device',
      );
      await staged.session.change({ mirror: true });
    },
  },
  pin: {
    cast: () => ({ ...one('correct')(), desk: { access: { pinSet: true, locked: true }, pin: '2468' } }),
    then: ({ session }) => void session.guard.ask(),
  },
  'pin-wait': {
    cast: () => ({ ...one('correct')(), desk: { access: { pinSet: true, locked: true, waitSeconds: 29 } } }),
    then: ({ session }) => void session.guard.ask(),
  },
  menu: {
    cast: one('correct'),
    then: async (_, page) => {
      await until(() => page.querySelector('button[aria-haspopup="menu"]') !== null);
      const button = page.querySelector<HTMLElement>('button[aria-haspopup="menu"]')!;
      button.focus();
      button.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    },
  },
  paused: {
    cast: () => ({ status: { paused: { until: '2026-11-25T14:30:00' } } }),
  },
  'paused-by-hand': { cast: () => ({ status: { paused: { until: null } } }) },
  'keeps-faces': { cast: () => ({ ...one('none')(), status: { keepsFaces: true } }) },
  'keeps-frames': { cast: () => ({ ...one('none')(), status: { keepsFaces: true, keepsFrames: true } }) },
  'first-camera': {
    cast: () => {
      const media = new DrawnMedia();
      media.devices = [...media.devices, { deviceId: 'gate', label: 'Gate camera' }];
      return { media, settings: { firstRunDone: false } };
    },
  },
  'first-frameless': { cast: () => ({ settings: { firstRunDone: false }, status: FRAMELESS }) },
  'first-none': { cast: () => ({ ...refused('NotFoundError')(), settings: { firstRunDone: false } }) },
  'first-stand': {
    cast: () => ({ settings: { firstRunDone: false } }),
    then: toStep('stand'),
  },
  'first-done': {
    cast: () => ({ ...one('unsure')(), settings: { firstRunDone: false } }),
    then: toStep('done'),
  },
  region: {
    cast: () => ({ people: () => row(3, 170), settings: { region: [0.3, 0.1, 0.4, 0.75] } }),
    then: async (staged, page) => {
      openSettings(staged, page);
      await until(() => page.querySelector('fieldset .button') !== null);
      page.querySelector<HTMLElement>('fieldset .button')?.click();
    },
  },
};

/** Waits, frame by frame, until something is so. */
export async function until(so: () => boolean): Promise<void> {
  while (!so()) await new Promise((resolve) => requestAnimationFrame(resolve));
}
