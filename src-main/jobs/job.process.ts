/**
 * The process of one job: takes its task, does it at the lowest priority, tells how it goes and ends. It ends by
 * itself when whoever runs it has died, and waits until an earlier one that outlived its runner has done so.
 */
import '../onnx/no-telemetry';
import { join } from 'node:path';
import process from 'node:process';
import { takeLock } from '../store/lock';
import { Registry } from '../store/registry';
import { whyItFailed } from './faults';
import type { FromJob, Task, ToJob } from './messages';
import { Gate } from './gate';
import { giveWay } from './polite';

// First of all: threads that are made later have the priority of who makes them.
const asked = process.env['MASKWATCH_JOB_PRIORITY'];
giveWay(asked === undefined ? undefined : Number(asked));

/** Electron's line to who started us; see electron's process.parentPort, of which this is all that is used. */
interface ParentPort {
  postMessage(message: FromJob): void;
  on(name: 'message', listener: (event: { data: ToJob }) => void): void;
}
const port = (process as { parentPort?: ParentPort }).parentPort;

const post = (message: FromJob): void => {
  if (port) port.postMessage(message);
  else process.send?.(message);
};

/** Milliseconds in which an earlier job's process must have ended. */
const PATIENCE = 30_000;

const gate = new Gate();

function hear(message: ToJob): void {
  if (message.type === 'hold') gate.shut();
  else if (message.type === 'goOn') gate.open();
  else if (message.type === 'share') gate.share = message.share;
  else if (message.type === 'measure') void measure(message.task);
  else void run(message.task);
}

async function run(task: Task): Promise<void> {
  try {
    await takeLock(join(task.folder, 'jobs', 'job.lock'), PATIENCE);
    const { work } = await import('./kinds');
    const result = await work(task, { post, gate });
    end({ type: 'done', result });
  } catch (error) {
    end({ type: 'failed', fault: whyItFailed(error) });
  }
}

async function measure({ folder, shipped }: Omit<Task, 'job' | 'spec'>): Promise<void> {
  try {
    const { measureRate } = await import('./kinds/rate');
    await measureRate(new Registry(join(folder, 'models'), shipped), post);
    end({ type: 'log', line: 'measured' });
  } catch (error) {
    end({ type: 'failed', fault: whyItFailed(error) });
  }
}

/** Ends once the last word has left. */
function end(message: FromJob): void {
  if (port) {
    post(message);
    setTimeout(() => process.exit(0), 200);
  } else process.send?.(message, () => process.exit(0));
}

// A terminal's Ctrl-C reaches us too; whoever runs us decides.
for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined);
process.on('disconnect', () => process.exit(0));
if (port)
  port.on('message', ({ data }) => {
    hear(data);
  });
else process.on('message', hear);
