/** The pages that are connected, the newest last, and telling them. The newest live page is the one that watches. */
import type { DeskEvent, Settings, Status } from '../api';
import type { PageName } from '../pages';
import type { LivePage } from '../reception';

/** The pages the app serves; the photos page is served by who opens it. */
export type ServedPage = Exclude<PageName, 'photos'>;

/** A page that has gone meanwhile is told nothing: that it went is dealt with where its line closes. */
const quietly = (told: Promise<unknown>): void => {
  told.catch(() => undefined);
};

/** Sentences that a page which comes up is told. */
const MOST_NOTICES = 10;

export class ConnectedPages {
  readonly #served: { page: LivePage; name: ServedPage }[] = [];
  #notices: readonly string[] = [];

  /** @returns takes it out again; true if it was the last */
  add(page: LivePage, name: ServedPage): () => boolean {
    const served = { page, name };
    this.#served.push(served);
    return () => {
      this.#served.splice(this.#served.indexOf(served), 1);
      return this.#served.length === 0;
    };
  }

  get all(): LivePage[] {
    return this.#served.map(({ page }) => page);
  }

  /** The page that watches. */
  get live(): LivePage | undefined {
    return this.#served.findLast(({ name }) => name === 'live')?.page;
  }

  /** What had to be dealt with, the newest last. */
  get notices(): readonly string[] {
    return this.#notices;
  }

  /** Keeps a sentence for the pages that come up later. */
  remember(notice: string): void {
    this.#notices = [...this.#notices, notice].slice(-MOST_NOTICES);
  }

  tell(event: DeskEvent): void {
    for (const page of this.all) quietly(page.happened(event));
  }

  tellStatus(status: Status): void {
    for (const page of this.all) quietly(page.statusChanged(status));
  }

  tellSettings(settings: Settings): void {
    for (const page of this.all) quietly(page.settingsChanged(settings));
  }

  close(): void {
    for (const page of this.all) page.$close();
  }
}
