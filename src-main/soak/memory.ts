/** What main's memory is made of, for a soak test: V8's heap apart from all else that the process has. */
import { constants, PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks';
import { getHeapCodeStatistics } from 'node:v8';
import { memoryOf } from '../kiosk/processes';
import type { Sample } from './trend';

/** Tells main's memory whenever it is asked; what V8 holds it knows from V8's own full collections, and forces none. */
export class MainMemory {
  /** Bytes in use after the last full collection, and how many of them are code. */
  #held: { all: number; code: number } | null = null;
  readonly #observer = new PerformanceObserver((list) => {
    // Node's types know `detail` of marks alone; of collections it holds their kind.
    const entries = list.getEntries() as (PerformanceEntry & { detail?: { kind?: number } })[];
    const isFull = entries.some(({ detail }) => detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR);
    if (!isFull) return;
    const { code_and_metadata_size: machine, bytecode_and_metadata_size: bytecode } = getHeapCodeStatistics();
    this.#held = { all: process.memoryUsage().heapUsed, code: machine + bytecode };
  });

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** Megabytes; see `Sample`. */
  now(): Pick<Sample, 'mainMB' | 'heapMB' | 'codeMB' | 'dataMB' | 'nativeMB'> {
    const main = memoryOf(process.pid);
    const held = this.#held;
    return {
      mainMB: main / 1e6,
      heapMB: held && held.all / 1e6,
      codeMB: held && held.code / 1e6,
      dataMB: held && (held.all - held.code) / 1e6,
      nativeMB: (main - process.memoryUsage().heapTotal) / 1e6,
    };
  }

  close(): void {
    this.#observer.disconnect();
  }
}
