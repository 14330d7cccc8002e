/** `maskwatch jobs run`: works through the queue in this process, where no maskwatch is open that does. */
import { dirname } from 'node:path';
import type { DeskEvent, Job } from '../api';
import { JobsDesk } from '../jobs/desk';
import { startNodeProcess } from '../jobs/process';
import { describeJob, describeResult, withQueue, type Place } from './jobs-queue';
import { shippedModel } from './options';
import { print, printJson, say } from './output';
import { endWith } from './signals';

/** Milliseconds between two lines of progress for people. */
const SAY_EVERY = 2000;

/** Runs until nothing waits any more. A signal ends it; what runs then goes on from its checkpoint the next time. */
export async function runQueue({ json, ...place }: Place & { json?: true }): Promise<void> {
  await withQueue(place, async ({ queue, folder }) => {
    let end: () => void = () => undefined;
    const over = new Promise<void>((resolve) => (end = resolve));
    let said = 0;
    let failed = false;
    const hear = (event: DeskEvent): void => {
      if (event.type !== 'job') return;
      const { job } = event;
      if (json) printJson(job);
      else if (job.state !== 'running' || Date.now() - said > SAY_EVERY) {
        said = Date.now();
        say(describeJob(job));
      }
      if (job.state === 'failed') failed = true;
      if (isWaiting(queue.list())) return;
      end();
    };
    const desk = new JobsDesk({
      queue,
      folder,
      shipped: shippedModel(),
      start: startNodeProcess,
      tell: hear,
      onEnd: (job) => {
        if (json) return;
        if (job.result !== null) print(`job ${String(job.id)}: ${describeResult(job.result)}`);
        if (job.fault !== null) say(`job ${String(job.id)}: ${job.fault}`);
      },
    });
    endWith(end);
    if (!isWaiting(queue.list())) end();
    else if (!desk.runs) say(`another maskwatch runs the jobs of ${dirname(folder)}; this follows them`);
    await over;
    await desk.close();
    if (failed) process.exitCode = 1;
  });
}

/** Whether there is something that runs or will; what is paused waits for a person. */
const isWaiting = (jobs: Job[]): boolean =>
  jobs.some(({ state }) => state === 'running') ||
  (jobs.some(({ state }) => state === 'queued') && !jobs.some(({ state }) => state === 'paused'));
