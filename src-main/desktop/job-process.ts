/** A job's process in Electron: a utility process, since a packed Electron cannot be run as Node. */
import { utilityProcess } from 'electron';
import type { FromJob } from '../jobs/messages';
import { jobEntry, type StartProcess } from '../jobs/process';

export const startUtilityProcess: StartProcess = () => {
  const child = utilityProcess.fork(jobEntry(), [], { stdio: 'pipe', serviceName: 'maskwatch job' });
  return {
    // Known once it runs; only tests ask.
    get pid() {
      return child.pid ?? 0;
    },
    post: (message) => {
      child.postMessage(message);
    },
    onMessage: (listener) => {
      child.on('message', (message) => {
        listener(message as FromJob);
      });
    },
    onOutput: (listener) => {
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (bytes: Buffer) => {
          listener(bytes.toString('utf8'));
        });
    },
    ended: new Promise((resolve) => {
      // Electron tells a number alone, also where a signal ended it.
      child.once('exit', (code) => {
        resolve({ code, signal: null });
      });
    }),
    kill: () => {
      child.kill();
    },
  };
};
