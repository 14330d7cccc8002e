/** When a page takes so much memory that it had better begin anew: hours of growth, not a moment's. For both hosts. */
import { totalmem } from 'node:os';

/** Bytes: several times what a page takes that watches, and never more than half of a machine. */
const MOST = Math.min(2.5e9, totalmem() / 2);
/** Seconds between two weighings, and weighings in a row that it must be too heavy. */
const EVERY = 20;
const TIMES = 3;

export class MemoryLimit {
  #over = 0;

  /**
   * @param most bytes
   * @param every seconds between two weighings; whoever weighs keeps to it
   */
  constructor(
    private readonly most = MOST,
    readonly every = EVERY,
  ) {}

  /**
   * To be told of each weighing.
   * @param bytes null where the system does not tell
   * @returns why it is to begin anew, or null
   */
  weighed(bytes: number | null): string | null {
    this.#over = bytes !== null && bytes > this.most ? this.#over + 1 : 0;
    if (bytes === null || this.#over < TIMES) return null;
    this.#over = 0;
    return `the page takes ${(bytes / 1e9).toFixed(1)} GB of memory`;
  }
}
