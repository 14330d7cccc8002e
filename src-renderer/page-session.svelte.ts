/**
 * What every page has of main while it is open: the line, what holds now (settings, status, the menu, the PIN) and what
 * happens. Live pages and the desk add what is theirs. A line that breaks is opened again, and main is greeted anew.
 */
import type {
  DeskEvent,
  LivePageFunctions,
  Menu,
  Settings,
  SettingsPatch,
  Start,
  Status,
} from '../src-main/api';
import { Guard, NotUnlocked } from './access.svelte';
import type { Connection, Main } from './connection';
import { text, usePageLanguage } from './texts.svelte';

export abstract class PageSession {
  readonly guard: Guard;
  #connected = $state(false);
  #offers = $state.raw<readonly string[] | null>(null);
  #settings = $state.raw<Settings | null>(null);
  #status = $state.raw<Status | null>(null);
  #menu = $state.raw<Menu | null>(null);
  #refused = $state<string | null>(null);
  #listeners: ((event: DeskEvent) => void)[] = [];
  readonly #connection: Connection;

  constructor(open: (functions: LivePageFunctions) => Connection) {
    this.#connection = open({
      settingsChanged: (settings) => {
        this.#applySettings(settings);
      },
      statusChanged: (status) => {
        this.#applyStatus(status);
      },
      happened: (event) => {
        this.#happened(event);
      },
    });
    this.guard = new Guard(this.main);
  }

  /** Main's functions. */
  get main(): Main {
    return this.#connection.main;
  }
  get connected(): boolean {
    return this.#connected;
  }
  /** Names of main's functions that there are here; null until main has answered. */
  get offers(): readonly string[] | null {
    return this.#offers;
  }
  get settings(): Settings | null {
    return this.#settings;
  }
  get status(): Status | null {
    return this.#status;
  }
  /** The entries of the menu as they are now; null until main has told them. */
  get menu(): Menu | null {
    return this.#menu;
  }
  /** Why the last change of settings was not taken, as a sentence, or null. */
  get refused(): string | null {
    return this.#refused;
  }

  /** Listens to what happens. @returns stops the listening */
  on(listener: (event: DeskEvent) => void): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((one) => one !== listener);
    };
  }

  /** Changes settings in main; what main makes of them comes back and is shown. A refusal is in `refused`. */
  change = async (patch: SettingsPatch): Promise<void> => {
    try {
      this.#applySettings(await this.guard.run(() => this.main.changeSettings(patch)));
      this.#refused = null;
    } catch (error) {
      if (error instanceof NotUnlocked) return;
      this.#refused = text('settings.notSaved', {
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  };

  close(): void {
    this.#connection.close();
  }

  /** Begins to follow the line; called once, when the page's own parts stand. */
  protected start(): void {
    this.#connection.onState((state) => {
      this.#connected = state === 'open';
      this.lineChanged?.();
      if (state === 'open') void this.#greet();
    });
  }

  /** What a kind of page does beside: the line opened or closed, main greeted back, other settings or status hold. */
  protected lineChanged?(): void;
  protected greeted?(start: Start): void;
  protected settingsHold?(settings: Settings): void;
  protected statusHolds?(status: Status): void;

  /** Main being away between two calls is no error of theirs: the line's state says it. */
  protected async tell(told: Promise<unknown>): Promise<void> {
    try {
      await told;
    } catch (error) {
      if (this.#connected) console.warn('maskwatch:', error);
    }
  }

  async #greet(): Promise<void> {
    try {
      const start = await this.main.hello();
      this.greeted?.(start);
      this.#applySettings(start.settings);
      this.#applyStatus(start.status);
      if (start.offers.includes('menu')) void this.tell(this.main.menu().then((menu) => (this.#menu = menu)));
      // Before anything guarded stands: what the PIN guards is then not asked for where it is locked.
      if (start.offers.includes('access')) await this.guard.refresh();
      this.#offers = start.offers;
    } catch {
      // The line broke again meanwhile; the next `open` greets anew.
    }
  }

  #happened(event: DeskEvent): void {
    if (event.type === 'menu') this.#menu = event.menu;
    else if (event.type === 'access') this.guard.take(event.access);
    for (const listener of this.#listeners) listener(event);
  }

  #applySettings(settings: Settings): void {
    this.#settings = settings;
    usePageLanguage(settings.languages.pages);
    this.settingsHold?.(settings);
  }

  #applyStatus(status: Status): void {
    this.#status = status;
    this.statusHolds?.(status);
  }
}
