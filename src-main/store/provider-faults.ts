/**
 * Which execution providers failed while running, remembered over restarts: the first failures may have been an
 * accident, so the provider is tried again soon; after three, the CPU does its work for an hour at a time.
 */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import type { Provider } from '../api';
import type { ProviderMemory } from '../watch/open';
import { writeWhole } from './settings';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const MOST_FAILURES = 3;
/** What ran for so long since its last failure begins anew. */
const FORGIVEN = 2 * HOUR;

const schema = v.record(
  v.string(),
  v.object({ failures: v.pipe(v.number(), v.integer(), v.minValue(1)), last: v.number() }),
);

export class ProviderFaults implements ProviderMemory {
  #faults: v.InferOutput<typeof schema> = {};
  #writing: Promise<void> = Promise.resolve();

  /**
   * @param path of the file; one that cannot be read is as good as none
   * @param now milliseconds since the epoch
   */
  constructor(
    private readonly path: string,
    private readonly now: () => number = Date.now,
  ) {
    try {
      this.#faults = v.parse(schema, JSON.parse(readFileSync(path, 'utf8')));
    } catch {
      // None yet, or none of use: a provider that still fails is soon found out again.
    }
  }

  failed(provider: Provider): number {
    const now = this.now();
    const before = this.#faults[provider];
    const isRecent = before !== undefined && Math.abs(now - before.last) < FORGIVEN;
    this.#faults = {
      ...this.#faults,
      [provider]: { failures: isRecent ? before.failures + 1 : 1, last: now },
    };
    const text = JSON.stringify(this.#faults);
    // Not to be saved is no reason to stop: then only this run remembers.
    this.#writing = this.#writing.then(() => writeWhole(this.path, text)).catch(() => undefined);
    return this.restOf(provider) || MINUTE;
  }

  restOf(provider: Provider): number {
    const fault = this.#faults[provider];
    if (fault === undefined || fault.failures < MOST_FAILURES) return 0;
    const since = this.now() - fault.last;
    // A clock that was set back must not make an hour of a year.
    return since < 0 ? HOUR : Math.max(0, HOUR - since);
  }

  /** Resolves when all is on the disk. */
  saved(): Promise<void> {
    return this.#writing;
  }
}
