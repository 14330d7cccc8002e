/** A process of its own for a job, as the runner sees it; each host starts it in its own way. Here is Node's. */
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectRoot } from '../pages';
import type { FromJob, ToJob } from './messages';

/** How a process ended: one of them is null. */
export interface Ended {
  code: number | null;
  signal: string | null;
}

export interface JobProcess {
  /** The system's number for it; 0 when it was never started. */
  pid: number;
  post(message: ToJob): void;
  onMessage(listener: (message: FromJob) => void): void;
  /** What it writes to stdout and stderr. */
  onOutput(listener: (text: string) => void): void;
  ended: Promise<Ended>;
  /** Ends it at once; nothing that it writes can be half. */
  kill(): void;
}

/** Starts one. @throws Error when the system does not let it */
export type StartProcess = () => JobProcess;

/** The built entry, beside us or, where this runs from sources, in out/. */
export function jobEntry(): string {
  const beside = fileURLToPath(new URL('./job.process.js', import.meta.url));
  return existsSync(beside) ? beside : join(projectRoot(), 'out', 'main', 'job.process.js');
}

export const startNodeProcess: StartProcess = () => {
  const child = fork(jobEntry(), [], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] });
  return {
    pid: child.pid ?? 0,
    post: (message) => {
      // A process that has just ended tells so by itself.
      if (child.connected) child.send(message, () => undefined);
    },
    onMessage: (listener) =>
      child.on('message', (message) => {
        listener(message as FromJob);
      }),
    onOutput: (listener) => {
      for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', listener);
    },
    ended: new Promise((resolve) => {
      child.once('error', () => {
        resolve({ code: null, signal: null });
      });
      child.once('close', (code, signal) => {
        resolve({ code, signal });
      });
    }),
    kill: () => child.kill('SIGKILL'),
  };
};
