/** A page of the desk with a main that answers from examples (desk-hands.ts). The page itself is the real one. */
import type { DeskEvent, Language, LivePageFunctions } from '../../../src-main/api';
import type { ConnectionState, Main } from '../../../src-renderer/connection';
import { DeskSession } from '../../../src-renderer/desk/session.svelte';
import { JOBS, wholePictures } from '../desk-data';
import { deskMain, type DeskCast } from '../desk-hands';
import { SETTINGS, STATUS } from '../live/stage-hands';

export interface DeskStory {
  /** The page of the desk that is open. */
  section?: 'statistics' | 'review' | 'jobs' | 'models';
  desk?: DeskCast;
  language?: Language;
  /** Names of main's functions that there are; all when not set. */
  offers?: string[];
  /** Main does not answer the greeting: it starts, or is held up. */
  slow?: boolean;
  /** The line is closed from the beginning, or once the page stands. */
  line?: 'never' | 'lost';
  /** Done once the page stands. */
  then?: (page: HTMLElement) => Promise<void> | void;
}

/** Waits, frame by frame, for an element and gives it. */
async function found(page: HTMLElement, selector: string): Promise<HTMLElement> {
  for (;;) {
    const element = page.querySelector<HTMLElement>(selector);
    if (element) return element;
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}

export function stageDesk({
  section = 'statistics',
  desk = {},
  language,
  offers,
  slow = false,
  line,
}: DeskStory = {}) {
  location.hash = section;
  let told: LivePageFunctions | null = null;
  const listeners = new Set<(state: ConnectionState) => void>();
  const tell = (event: DeskEvent): void => told?.happened(event);
  const { main, calls } = deskMain(desk, tell);
  const settings = { ...SETTINGS, languages: { ...SETTINGS.languages, pages: language ?? null } };
  const whole = {
    ...main,
    hello: () =>
      new Promise((resolve) => {
        if (slow) return;
        resolve({
          offers: offers ?? Object.keys(main),
          notices: [],
          settings,
          status: STATUS,
          counts: { correct: 0, incorrect: 0, none: 0 },
        });
      }),
    // A page of the desk calls nothing else of the watch.
  } as unknown as Main;
  const session = new DeskSession((functions) => {
    told = functions;
    return {
      main: whole,
      onState(listener) {
        listeners.add(listener);
        listener(line === 'never' ? 'closed' : 'open');
        return () => listeners.delete(listener);
      },
      close: () => listeners.clear(),
    };
  });
  return {
    session,
    calls,
    tell,
    connection(state: ConnectionState): void {
      for (const listener of listeners) listener(state);
    },
  };
}

const RUNNING = JOBS.slice(0, 1);
const REFUSAL = 'the counts cannot be read: database disk image is malformed';

/** Turns from the faces to the whole pictures. */
const showPictures = async (page: HTMLElement): Promise<void> =>
  (await found(page, '.views button:nth-of-type(2)')).click();

/** States of the desk's pages by name. */
export const DESK_STORIES: Record<string, DeskStory> = {
  statistics: {},
  'statistics-months': {
    then: async (page) => (await found(page, '[role="group"] button:nth-of-type(3)')).click(),
  },
  'statistics-empty': { desk: { intervals: [] } },
  'statistics-loading': { desk: { silent: true } },
  'statistics-failed': { desk: { refusal: REFUSAL } },
  review: { section: 'review' },
  'review-empty': { section: 'review', desk: { faces: [] } },
  'review-off': { section: 'review', desk: { faces: [], keeps: false } },
  'review-pictures': {
    section: 'review',
    desk: { frames: wholePictures(5), compared: { frames: 64, twoStage: 0.71, oneShot: 0.8 } },
    then: showPictures,
  },
  'review-no-pictures': { section: 'review', desk: { frames: [] }, then: showPictures },
  'review-loading': { section: 'review', desk: { silent: true } },
  'review-failed': { section: 'review', desk: { refusal: REFUSAL } },
  'review-locked': { section: 'review', desk: { access: { pinSet: true, locked: true } } },
  jobs: { section: 'jobs' },
  'jobs-locked': { section: 'jobs', desk: { access: { pinSet: true, locked: true } } },
  'jobs-running': { section: 'jobs', desk: { jobs: RUNNING } },
  'jobs-compared': {
    section: 'jobs',
    desk: { jobs: JOBS.filter(({ result }) => result?.kind === 'retrain') },
  },
  'jobs-empty': { section: 'jobs', desk: { jobs: [], faces: [] } },
  'jobs-new': {
    section: 'jobs',
    desk: { jobs: [] },
    then: async (page) => (await found(page, '.begin details summary')).click(),
  },
  'jobs-loading': { section: 'jobs', desk: { silent: true } },
  'jobs-failed': { section: 'jobs', desk: { refusal: REFUSAL } },
  models: { section: 'models' },
  'models-card': {
    section: 'models',
    then: async (page) => (await found(page, 'article details summary')).click(),
  },
  'models-loading': { section: 'models', desk: { silent: true } },
  'models-failed': { section: 'models', desk: { refusal: REFUSAL } },
  connecting: { line: 'never' },
  slow: { slow: true },
  reconnecting: { section: 'jobs', line: 'lost' },
  'nothing-there': { offers: [] },
};
