/**
 * Who may do what from where: the PIN before what it guards, the pause, and the menu that pages and tray share.
 * Built once by app/; knows neither Electron nor any page but as something that can be told.
 */
import {
  OPEN_FUNCTIONS,
  type Access,
  type Counts,
  type DeskEvent,
  type Job,
  type JobOrder,
  type MainFunctions,
  type Ready,
} from './api';
import type { LivePageFunctions, Menu, MenuAction, Status, WindowOrder } from './api';
import { about } from './about';
import type { AccessControl } from './access';
import { menuOf, pauseMinutes, sectionOf, type DeskSection } from './menu';
import type { Offered, Page } from './rpc';
import type { PlacedWindow, WindowPlaces } from './store/window-places';
import { Rest } from './watch/rest';

/** How the live window is opened. */
export type WindowKind = PlacedWindow | 'headless';
export type LivePage = Page<LivePageFunctions>;

export interface ReceptionParts {
  access: AccessControl<LivePage>;
  version: string;
  host: Status['host'];
  /** How the live window is open now, and where it was. */
  window: () => WindowKind;
  places: WindowPlaces;
  /** Of settings and all that is kept. */
  folder: string;
  /** Visits of today. */
  today: () => Counts;
  /** The jobs, newest first, and an order to one. */
  jobs: () => {
    jobs: () => Job[];
    running: () => boolean;
    orderJob: (id: number, order: JobOrder) => unknown;
  };
  /** All pages that are connected. */
  pages: () => LivePage[];
  /** What can be begun at a press, and beginning it. */
  ready: () => Ready;
  begin: (kind: 'retrain' | 'distil') => Promise<void>;
  /** The newest live page, where the menu of the tray is answered. */
  livePage: () => LivePage | undefined;
  /** The watch was paused or goes on. */
  onPause: () => void;
  /** The menu is another now. */
  onMenu: (menu: Menu) => void;
  /** A section of the desk, or the live window, was asked for. @returns whether the host shows it; else the page does */
  onShow: (section: DeskSection | 'live') => boolean;
  /** The live window is to be small in a corner, or as before. @returns whether the host does it; else the page does */
  onCompact: () => boolean;
  /** Left out where the window has a frame of its own. */
  onWindowOrder?: (order: WindowOrder) => void;
  onQuit: () => void;
  /** Something that people should know, in a sentence. */
  onNotice: (message: string) => void;
}

type ReceptionFunctions = Pick<
  MainFunctions,
  | 'access'
  | 'unlock'
  | 'lock'
  | 'setPin'
  | 'menu'
  | 'chooseMenu'
  | 'pauseWatching'
  | 'resumeWatching'
  | 'about'
  | 'windowPlaced'
>;
type WindowFunctions = Pick<MainFunctions, 'orderWindow'>;

const JOB_ACTIONS = {
  'job-pause': 'pause',
  'job-resume': 'resume',
  'job-cancel': 'cancel',
} as const satisfies Partial<Record<MenuAction, JobOrder>>;

/** Whether an entry only shows something, so that it needs no PIN. */
const isOpen = (action: MenuAction): boolean =>
  sectionOf(action) !== null || action === 'live' || action === 'compact';
const isOfJob = (action: MenuAction): action is keyof typeof JOB_ACTIONS => action in JOB_ACTIONS;

const OPEN: ReadonlySet<string> = new Set<keyof MainFunctions>(OPEN_FUNCTIONS);

export class Reception {
  readonly #rest = new Rest(() => {
    this.parts.onPause();
    this.refresh();
  });
  /** As it was last told, as JSON. */
  #told = '';
  /** When the jobs were last shown; what ended before the start is known. */
  #lookedAt = Date.now();

  constructor(private readonly parts: ReceptionParts) {}

  /** Null while it watches. */
  get paused(): Status['paused'] {
    return this.#rest.state;
  }

  get menu(): Menu {
    const { window, today, jobs } = this.parts;
    return menuOf({
      compact: window() === 'app',
      paused: this.paused,
      today: today(),
      jobs: jobs().jobs(),
      ready: this.parts.ready(),
      lookedAt: this.#lookedAt,
    });
  }

  /** Tells of the menu if it is another than before. */
  refresh(): void {
    const { menu } = this;
    const now = JSON.stringify(menu);
    if (now === this.#told) return;
    this.#told = now;
    this.parts.onMenu(menu);
  }

  /** Whether quitting, and all else that the PIN guards, needs the PIN. */
  get guarded(): boolean {
    return this.parts.access.pinSet;
  }

  /** The functions as one page may call them: what the PIN guards only while the page has given it. */
  guard(functions: Partial<Offered<MainFunctions>>, page: () => LivePage): Partial<Offered<MainFunctions>> {
    const guarded = Object.entries(functions).map(([name, run]) => {
      if (OPEN.has(name)) return [name, run];
      return [
        name,
        (...args: unknown[]): unknown => {
          this.parts.access.admit(page());
          // The same function with the same arguments.
          return (run as (...args: unknown[]) => unknown)(...args);
        },
      ];
    });
    return Object.fromEntries(guarded) as Partial<Offered<MainFunctions>>;
  }

  /** What one page may ask. */
  functions(page: () => LivePage): Offered<ReceptionFunctions> & Partial<Offered<WindowFunctions>> {
    const { access, version, host, folder } = this.parts;
    return {
      access: () => access.of(page()),
      unlock: (pin) => access.unlock(page(), pin),
      lock: () => access.lock(page()),
      setPin: async (current, next) => {
        const mine = await access.set(page(), current, next);
        // A page that had nothing to unlock until now must not go on showing what is guarded from now on.
        for (const other of this.parts.pages()) if (other !== page()) tellAccess(other, access.of(other));
        return mine;
      },
      menu: () => this.menu,
      chooseMenu: (action) => {
        if (!isOpen(action)) access.admit(page());
        return this.#do(action, page());
      },
      pauseWatching: (minutes) => {
        this.#rest.begin(minutes);
      },
      resumeWatching: () => {
        this.#rest.end();
      },
      about: () => about(version, host, folder),
      windowPlaced: (place) => {
        const window = this.parts.window();
        if (window !== 'headless' && page() === this.parts.livePage()) this.parts.places.keep(window, place);
      },
      ...(this.parts.onWindowOrder && {
        orderWindow: (order) => {
          if (this.parts.window() === 'app' && page() === this.parts.livePage())
            this.parts.onWindowOrder?.(order);
        },
      }),
    };
  }

  /** Something was chosen outside of any page: in the tray. What the PIN guards, a live page asks for. */
  choose(action: MenuAction): void {
    const page = this.parts.livePage();
    if (this.guarded && !isOpen(action)) tell(page, { type: 'choose', action });
    else
      this.#do(action, page).catch((error: unknown) => {
        this.parts.onNotice((error as Error).message);
      });
  }

  forget(page: LivePage): void {
    this.parts.access.forget(page);
  }

  async close(): Promise<void> {
    this.#rest.close();
    this.parts.access.close();
    await this.parts.places.close();
  }

  /** Asks it of the job that runs or was paused; one that has just ended needs nothing. */
  #order(order: JobOrder): void {
    const { jobs, orderJob } = this.parts.jobs();
    const current = jobs().find(({ state }) => state === 'running' || state === 'paused');
    if (current !== undefined) orderJob(current.id, order);
  }

  async #do(action: MenuAction, page: LivePage | undefined): Promise<void> {
    const minutes = pauseMinutes(action);
    const section = sectionOf(action);
    if (minutes !== undefined) this.#rest.begin(minutes);
    else if (action === 'resume') this.#rest.end();
    else if (isOfJob(action)) this.#order(JOB_ACTIONS[action]);
    else if (action === 'retrain' || action === 'distil') await this.#begin(action, page);
    else if (action === 'compact') {
      // Whichever page asked: it is the live one's window that becomes small.
      if (!this.parts.onCompact()) tell(this.parts.livePage(), { type: 'compact' });
    } else if (action === 'quit') this.parts.onQuit();
    else if (action === 'live') this.parts.onShow('live');
    else if (section !== null) this.#show(section, page);
  }

  /** Begins it and shows how it goes; where something is missing, what is shown is where that begins. */
  async #begin(kind: 'retrain' | 'distil', page: LivePage | undefined): Promise<void> {
    const lack = this.parts.ready()[kind];
    if (lack === null) await this.parts.begin(kind);
    this.#show(
      lack === null || lack.why === 'data' ? 'jobs' : lack.why === 'off' ? 'privacy' : 'review',
      page,
    );
  }

  #show(section: DeskSection, page: LivePage | undefined): void {
    if (section === 'jobs') this.looked();
    if (section === 'settings' || section === 'about' || section === 'privacy') {
      this.parts.onShow('live');
      // They stand beside the picture, whichever page asks.
      tell(this.parts.livePage(), { type: 'show', section });
    } else if (!this.parts.onShow(section)) tell(page, { type: 'show', section });
  }

  /** Whether a job runs. */
  get working(): boolean {
    return this.parts.jobs().running();
  }

  /** Somebody looks at the jobs. */
  looked(): void {
    this.#lookedAt = Date.now();
    this.refresh();
  }
}

/** How a page learns that its standing changed without its asking. */
export const tellAccess = (page: LivePage, access: Access): void => {
  tell(page, { type: 'access', access });
};

function tell(page: LivePage | undefined, event: DeskEvent): void {
  page?.happened(event).catch(() => undefined);
}
