/**
 * Where a job's work stops while it is held, and rests where it is to leave time to others: it passes here between two
 * pieces of work.
 */

/** Milliseconds of work that count at most, when it is rested from: what came before the first piece may have taken minutes. */
const LONGEST = 3000;

export class Gate {
  #shut: Promise<void> | null = null;
  #release: () => void = () => undefined;
  #share = 1;
  /** Ends the rest that is taken now. */
  #wake: () => void = () => undefined;
  /** When the work under way began, by performance.now(). */
  #since = performance.now();

  shut(): void {
    this.#shut ??= new Promise((resolve) => (this.#release = resolve));
  }

  open(): void {
    this.#release();
    this.#shut = null;
  }

  /** The share of its time that the work may take, 0 to 1; 0 rests until there is another. */
  get share(): number {
    return this.#share;
  }
  set share(share: number) {
    this.#share = share;
    this.#wake();
  }

  /** Waits while it is shut, and rests as long as the share asks for after the work since it last passed. */
  async pass(): Promise<void> {
    const began = performance.now();
    const worked = Math.min(LONGEST, began - this.#since);
    for (;;) {
      while (this.#shut !== null) await this.#shut;
      const left = began + worked * (1 / this.#share - 1) - performance.now();
      if (left <= 0) break;
      await new Promise<void>((resolve) => {
        const timer = Number.isFinite(left) ? setTimeout(resolve, left) : undefined;
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#since = performance.now();
  }

  /** The same items, each after the gate was passed. */
  async *through<T>(items: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    for await (const item of items) {
      await this.pass();
      yield item;
    }
  }
}
