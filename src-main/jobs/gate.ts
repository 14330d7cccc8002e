/** Where a job's work stops while it is held: it passes here between two pieces of work. */
export class Gate {
  #shut: Promise<void> | null = null;
  #release: () => void = () => undefined;

  shut(): void {
    this.#shut ??= new Promise((resolve) => (this.#release = resolve));
  }

  open(): void {
    this.#release();
    this.#shut = null;
  }

  /** Waits while it is shut. */
  async pass(): Promise<void> {
    while (this.#shut !== null) await this.#shut;
  }

  /** The same items, each after the gate was passed. */
  async *through<T>(items: AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    for await (const item of items) {
      await this.pass();
      yield item;
    }
  }
}
