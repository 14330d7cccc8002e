/**
 * `maskwatch jobs`: the queue of jobs from the command line; the same queue that windows and the tray use. A
 * maskwatch that is open runs what waits in it; `jobs run` does so where none is.
 */
import { Command, InvalidArgumentError } from 'commander';
import { JOB_ORDERS, type Job, type JobOrder } from '../api';
import { readLog } from '../jobs/log';
import { addCommand } from './jobs-add';
import { describeJob, describeResult, settingsOption, withQueue, type Place } from './jobs-queue';
import { runQueue } from './jobs-run';
import { print, printJson, say } from './output';

const ABOUT: Record<JobOrder, string> = {
  pause: 'hold a job where it is; nothing else runs until it goes on or is cancelled',
  resume: 'let a paused job go on',
  cancel: 'end a job; what it has learnt so far is kept for retry',
  retry: 'put a failed or cancelled job back into the queue; it goes on from its last checkpoint',
  remove: 'forget an ended job and its log; the model it made stays',
};

export function jobsCommand(): Command {
  const jobs = new Command('jobs').description('train, distil, evaluate and import in the background');
  const verb = (name: string, about: string): Command => {
    const command = new Command(name).description(about).addOption(settingsOption());
    jobs.addCommand(command.copyInheritedSettings(jobs));
    return command;
  };
  verb('list', 'the jobs, newest first').option('--json', 'a line of JSON per job').action(list);
  jobs.addCommand(addCommand());
  for (const order of JOB_ORDERS)
    verb(order, ABOUT[order])
      .argument('<id>', 'number of the job', jobNumber)
      .action((id: number, place: Place) => give(id, order, place));
  verb('log', 'what a job wrote').argument('<id>', 'number of the job', jobNumber).action(log);
  verb('run', 'run what waits, here and now, where no maskwatch is open that does')
    .option('--json', 'a line of JSON for each change of a job')
    .action(runQueue);
  return jobs;
}

function jobNumber(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('It must be the number of a job.');
  return Number(text);
}

const list = ({ json, ...place }: Place & { json?: true }): Promise<void> =>
  withQueue(place, ({ queue }) => {
    const jobs = queue.list();
    if (json) for (const job of jobs) printJson(job);
    else if (jobs.length === 0) say('there are no jobs');
    else for (const job of jobs) print(describe(job));
  });

function describe(job: Job): string {
  const result = job.result === null ? '' : `; ${describeResult(job.result)}`;
  return `${describeJob(job)}${result}${job.fault === null ? '' : `; ${job.fault}`}`;
}

const give = (id: number, order: JobOrder, place: Place): Promise<void> =>
  withQueue(place, ({ queue, forget }) => {
    queue.order(id, order);
    if (order === 'remove') forget(id);
    say(order === 'remove' ? `removed job ${String(id)}` : describeJob(queue.get(id)));
  });

const log = (id: number, place: Place): Promise<void> =>
  withQueue(place, async ({ queue, folder }) => {
    queue.get(id);
    for (let from = 0; ;) {
      const { text, next } = await readLog(folder, id, from);
      process.stdout.write(text);
      if (next === from) return;
      from = next;
    }
  });
