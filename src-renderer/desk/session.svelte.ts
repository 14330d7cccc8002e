/**
 * One page of the desk at work: its line to main, what main last told, and the PIN. Each of the desk's pages asks for
 * its own data and listens here for what changes. Never watches: only live pages do.
 */
import type { DeskEvent, LivePageFunctions, Settings, Start, Status } from '../../src-main/api';
import { Guard } from '../access.svelte';
import { connect, type Connection, type Main } from '../connection';
import { usePageLanguage } from '../texts.svelte';

export class DeskSession {
  readonly guard: Guard;
  #connected = $state(false);
  #offers = $state.raw<readonly string[] | null>(null);
  #settings = $state.raw<Settings | null>(null);
  #status = $state.raw<Status | null>(null);
  #listeners: ((event: DeskEvent) => void)[] = [];
  readonly #connection: Connection;

  constructor(open: (functions: LivePageFunctions) => Connection = connect) {
    this.#connection = open({
      settingsChanged: (settings) => {
        this.#applySettings(settings);
      },
      statusChanged: (status) => {
        this.#status = status;
      },
      happened: (event) => {
        if (event.type === 'access') this.guard.take(event.access);
        for (const listener of this.#listeners) listener(event);
      },
    });
    this.guard = new Guard(this.main);
    this.#connection.onState((state) => {
      this.#connected = state === 'open';
      if (state === 'open') void this.#greet();
    });
  }

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

  /** Listens to what happens. @returns stops the listening */
  on(listener: (event: DeskEvent) => void): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((one) => one !== listener);
    };
  }

  close(): void {
    this.#connection.close();
  }

  async #greet(): Promise<void> {
    try {
      const start: Start = await this.main.hello();
      this.#applySettings(start.settings);
      this.#status = start.status;
      // Before any page stands: what the PIN guards is then not asked for where it is locked.
      if (start.offers.includes('access')) await this.guard.refresh();
      this.#offers = start.offers;
    } catch {
      // The line broke again meanwhile; the next `open` greets anew.
    }
  }

  #applySettings(settings: Settings): void {
    this.#settings = settings;
    usePageLanguage(settings.languages.pages);
  }
}
