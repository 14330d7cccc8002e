/** Why a job's process died or failed, in words that a person can act on. */
import { freemem, totalmem } from 'node:os';
import type { Ended } from './process';

const gigabytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);
const MEMORY =
  /heap out of memory|std::bad_alloc|Cannot allocate memory|ENOMEM|Array buffer allocation failed/i;
const LESS = 'close other programs, or let it learn with fewer images, a smaller size or a smaller network';

/** @param output the last of what the process wrote */
export function whyItDied({ code, signal }: Ended, output: string): string {
  const memory = `${gigabytes(freemem())} of ${gigabytes(totalmem())} GB of memory are free now`;
  if (MEMORY.test(output)) return `it ran out of memory (${memory}): ${LESS}`;
  if (signal === 'SIGKILL')
    return `the system or somebody ended its process (SIGKILL); the system does so when memory runs out (${memory}): ${LESS}`;
  if (signal === 'SIGTERM' || signal === 'SIGINT' || signal === 'SIGHUP')
    return `its process was told to end (${signal})`;
  if (signal === 'SIGBUS')
    return 'its process ended by SIGBUS: the disk may be full or a file was taken away';
  if (signal !== null) return `its process crashed (${signal}); the log has what it said last`;
  const last = output.trim().split('\n').at(-1)?.trim();
  if (code === null) return 'its process could not be started';
  return `its process ended by itself (exit code ${String(code)})${last ? `: ${last.slice(0, 300)}` : ''}`;
}

const SYSTEM: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EACCES: 'maskwatch may not write or read there',
  EPERM: 'maskwatch may not write or read there',
  EROFS: 'the disk cannot be written to',
  EIO: 'the disk failed',
  EMFILE: 'too many files are open',
};

/** What was thrown inside a job, as a sentence. */
export function whyItFailed(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code =
    (error as NodeJS.ErrnoException).code ?? (error.cause as NodeJS.ErrnoException | undefined)?.code;
  const message = error.message.trim().replace(/\s*\n\s*/g, ' ');
  const known = code === undefined ? undefined : SYSTEM[code];
  if (MEMORY.test(message)) return `it ran out of memory (${message}): ${LESS}`;
  return known === undefined ? message : `${known}: ${message}`;
}
