/** A page of the desk with a main that answers from examples (desk-hands.ts). The page itself is the real one. */
import type { DeskEvent, Language, LivePageFunctions } from '../../../src-main/api';
import type { ConnectionState, Main } from '../../../src-renderer/connection';
import { DeskSession } from '../../../src-renderer/desk/session.svelte';
import { deskMain, type DeskCast } from '../desk-hands';
import { SETTINGS, STATUS } from '../live/stage-hands';

export interface DeskStory {
  desk?: DeskCast;
  language?: Language;
  /** Names of main's functions that there are; all when not set. */
  offers?: string[];
}

export function stageDesk({ desk = {}, language, offers }: DeskStory = {}) {
  let told: LivePageFunctions | null = null;
  const listeners = new Set<(state: ConnectionState) => void>();
  const tell = (event: DeskEvent): void => told?.happened(event);
  const { main, calls } = deskMain(desk, tell);
  const settings = { ...SETTINGS, languages: { ...SETTINGS.languages, pages: language ?? null } };
  const whole = {
    ...main,
    hello: () =>
      Promise.resolve({
        offers: offers ?? Object.keys(main),
        notices: [],
        settings,
        status: STATUS,
        counts: { correct: 0, incorrect: 0, none: 0 },
      }),
    // A page of the desk calls nothing else of the watch.
  } as unknown as Main;
  const session = new DeskSession((functions) => {
    told = functions;
    return {
      main: whole,
      onState(listener) {
        listeners.add(listener);
        listener('open');
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

/** States of the statistics page by name. */
export const DESK_STORIES: Record<string, DeskStory> = {
  statistics: {},
  'statistics-empty': { desk: { intervals: [] } },
  'statistics-loading': { desk: { silent: true } },
  'statistics-failed': { desk: { refusal: 'the counts cannot be read: database disk image is malformed' } },
  'nothing-there': { offers: [] },
};
