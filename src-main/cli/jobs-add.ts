/** `maskwatch jobs add`: one verb a kind of job, each with what that kind needs. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import * as v from 'valibot';
import { jobSpecSchema, type JobRequest } from '../api';
import { checkJob } from '../jobs/check';
import { readChain } from '../learn/distil/stage';
import { NETWORK_NAMES } from '../nets';
import { describeJob, settingsOption, withQueue, type Place } from './jobs-queue';
import { numberBetween } from './options';
import { printJson, say, UsageError } from './output';

const whole = (low: number, high: number) => numberBetween(low, high, true);
/** Whoever runs the job stands in another folder. */
const folders = (paths: string[]): string[] => paths.map((path) => resolve(path));

interface Common extends Place {
  json?: true;
}
interface Training {
  data: string[];
  name?: string;
  network: string;
  epochs: number;
  images: number;
  size?: number;
  seed: number;
}

export function addCommand(): Command {
  const add = new Command('add').description('put a job into the queue');
  const kind = (name: string, about: string): Command => {
    const command = new Command(name)
      .description(about)
      .addOption(settingsOption())
      .option('--json', 'print the job as a line of JSON');
    add.addCommand(command.copyInheritedSettings(add));
    return command;
  };
  const training = (command: Command): Command =>
    command
      .requiredOption('--data <dir...>', 'folders of labelled faces')
      .option('--name <name>', "what the model will be called (default: the network's name)")
      .option('--network <name>', `the network that learns: ${NETWORK_NAMES.join(', ')}`, 'student')
      .option('--epochs <n>', 'epochs', whole(1, 1000), 30)
      .option('--images <n>', 'images in an epoch; 0 takes as many as there are', whole(0, 10_000_000), 0)
      .option('--size <pixels>', "side of the pictures (default: the network's own)", whole(16, 512))
      .option('--seed <n>', 'the same seed gives the same model', whole(0, 2 ** 31), 1);

  kind('import', 'make training crops of photos or faces (see maskwatch import)')
    .argument('<source...>', 'folders')
    .requiredOption('--out <dir>', 'where the crops go')
    .action((sources: string[], { out, ...rest }: Common & { out: string }) =>
      put({ kind: 'import', sources: folders(sources), out: resolve(out) }, rest),
    );
  kind('synthesise', 'draw masks on bare faces, as more pictures to train on (see maskwatch synthesise)')
    .requiredOption('--data <dir...>', 'folders of labelled faces, all that is trained on')
    .requiredOption('--out <dir>', 'where the pictures go, a folder for each set')
    .option('--faces <n>', 'bare faces to draw on, at most', whole(1, 1e7), 500)
    .option('--seed <n>', 'draws faces and masks', whole(0, 2 ** 31), 1)
    .action(({ json, settings, data, out, ...spec }: Common & Synthesis) =>
      put({ kind: 'synthesise', ...spec, data: folders(data), out: resolve(out) }, place(json, settings)),
    );
  training(kind('train', 'train a network on labelled faces')).action(
    ({ json, settings, data, ...spec }: Common & Training) =>
      put({ kind: 'train', ...spec, data: folders(data) }, place(json, settings)),
  );
  training(kind('distil', 'let a network learn from models there are'))
    .option('--teachers <id...>', 'models to learn from (see maskwatch models list)', [])
    .option(
      '--assistants <name...>',
      'networks between teacher and student, each taught by the one before',
      [],
    )
    .option('--methods <name...>', 'how it learns (see maskwatch distil --help); vanilla by default', [])
    .option('--chain <file>', 'a JSON list of stages (see maskwatch distil --help); teachers are models’ ids')
    .action(async ({ json, settings, data, chain: file, ...spec }: Common & Training & Distillation) => {
      const chain = file === undefined ? {} : { chain: await readChain(file) };
      await put({ kind: 'distil', ...spec, ...chain, data: folders(data) }, place(json, settings));
    });
  kind('evaluate', 'measure a model on labelled faces')
    .requiredOption('--data <dir...>', 'folders of labelled faces')
    .option('--model <id>', 'the model (see maskwatch models list)', 'shipped')
    .option('--split <name>', 'which split of the folders: all, train, val or test', 'all')
    .action(({ json, settings, data, model, split }: Common & Evaluation) =>
      put({ kind: 'evaluate', data: folders(data), model, split }, place(json, settings)),
    );
  kind('retrain', 'let the current model learn from the reviewed faces')
    .option('--epochs <n>', 'epochs (default: as many as suit the number of faces)', whole(1, 1000))
    .action(({ json, settings, epochs }: Common & { epochs?: number }) =>
      put({ kind: 'retrain', ...(epochs !== undefined && { epochs }) }, place(json, settings)),
    );
  return add;
}

interface Distillation {
  teachers: string[];
  assistants: string[];
  methods: string[];
  chain?: string;
}
interface Synthesis {
  data: string[];
  out: string;
  faces: number;
  seed: number;
}
interface Evaluation {
  data: string[];
  model: string;
  split: 'all' | 'train' | 'val' | 'test';
}

const place = (json: true | undefined, settings: string | undefined): Common => ({
  ...(json && { json }),
  ...(settings !== undefined && { settings }),
});

/** @throws UsageError when there is no such job to be done */
function check(request: JobRequest): void {
  try {
    checkJob(v.parse(jobSpecSchema, request));
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

const put = (request: JobRequest, { json, ...rest }: Common): Promise<void> => {
  check(request);
  return withQueue(rest, ({ queue }) => {
    const job = queue.add(request);
    if (json) printJson(job);
    else say(`${describeJob(job)}; a maskwatch that is open runs it, or \`maskwatch jobs run\``);
  });
};
