/** What main's memory is made of, for a soak test: V8's heap apart from all else that the process has. */
import { constants, PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks';
import { getHeapCodeStatistics } from 'node:v8';
import { memoryOf } from '../kiosk/processes';
import type { Sample } from './trend';

/** Tells main's memory whenever it is asked; what V8 holds it knows from V8's own full collections, and forces none. */
export class MainMemory {
  /** Bytes in use after the last full collection. */
  #held: number | null = null;
  readonly #observer = new PerformanceObserver((list) => {
    // Node's types know `detail` of marks alone; of collections it holds their kind.
    const entries = list.getEntries() as (PerformanceEntry & { detail?: { kind?: number } })[];
    const isFull = entries.some(({ detail }) => detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR);
    if (isFull) this.#held = process.memoryUsage().heapUsed;
  });

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** Megabytes; see `Sample`. */
  now(): Pick<Sample, 'mainMB' | 'heapMB' | 'codeMB' | 'nativeMB'> {
    const main = memoryOf(process.pid);
    const code = getHeapCodeStatistics();
    return {
      mainMB: main / 1e6,
      heapMB: this.#held === null ? null : this.#held / 1e6,
      codeMB: (code.code_and_metadata_size + code.bytecode_and_metadata_size) / 1e6,
      nativeMB: (main - process.memoryUsage().heapTotal) / 1e6,
    };
  }

  close(): void {
    this.#observer.disconnect();
  }
}
