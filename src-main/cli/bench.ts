/**
 * `maskwatch bench`: how fast the parts are on this machine, each figure as a ratio to what the article reports.
 * Every kind of measurement is a function that yields its lines; the command only chooses and prints.
 */
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { PROVIDERS, type Provider } from '../api';
import { MAX_BATCH } from '../watch/crops';
import { LIVE_THREADS } from '../watch/providers';
import { architectureCosts, describeCost } from './bench-arch';
import { describeBeside, speedBeside } from './bench-beside';
import { dataSpeed, describeData } from './bench-data';
import { type InferenceSpeed, describeSpeeds, inferenceSpeeds } from './bench-inference';
import { describeLive, liveSpeed } from './bench-live';
import { describeTraining, trainingSpeed } from './bench-train';
import { modelOption, numberBetween } from './options';
import { print, printJson, say } from './output';

interface Options {
  model: string;
  provider?: Provider[];
  batch: number[];
  threads: number;
  live: boolean;
  arch?: string[];
  train?: true;
  besideTraining?: true;
  data?: string[];
  workers: number;
  net: string[];
  size: number;
  source?: string;
  seconds: number;
  json?: true;
}

/** The networks the article compares, as far as they are trained from scratch here. */
const TRAINED_NETS = ['cnn4', 'squeezenet1_1', 'resnet18', 'densenet121', 'mobilenet_v2'];
const DEFAULT_BATCHES = [1, 4, 16, 64];
const batchSize = numberBetween(1, 1024, true);

export function benchCommand(): Command {
  return new Command('bench')
    .description('measure how fast the network runs on each provider that works here, and the live path')
    .addOption(modelOption())
    .addOption(
      new Option('--provider <name...>', 'only these providers (default: all that work here)').argParser(
        (name: string, before: Provider[] | undefined) => [...(before ?? []), providerNamed(name)],
      ),
    )
    .addOption(
      new Option('--batch <crops...>', 'crops a call')
        .argParser((text: string, before: number[]) =>
          before === DEFAULT_BATCHES ? [batchSize(text)] : [...before, batchSize(text)],
        )
        .default(DEFAULT_BATCHES, '1 4 16 64'),
    )
    .option(
      '--threads <n>',
      `threads on cpu (the watch itself uses ${LIVE_THREADS} here, to leave room for the detector)`,
      numberBetween(1, 256, true),
      availableParallelism(),
    )
    .option('--no-live', 'only the network, not the whole live path')
    .option('--source <file>', 'a Motion JPEG film for the live path, instead of the demo')
    .option('--seconds <n>', 'how long the live path is watched', numberBetween(1, 3600), 20)
    .option(
      '--arch <name...>',
      'measure networks that need not be trained instead, as train --arch names them: what they cost, and how fast they are',
    )
    .option(
      '--beside-training',
      'measure the live path without and with a training job beside it instead, for --seconds each',
    )
    .option('--train', 'measure training steps instead, of 32 pictures unless --batch says otherwise')
    .option(
      '--data <dir...>',
      'measure how pictures of these folders are made ready to train on, and the memory it takes',
    )
    .option('--workers <n>', 'threads that decode and augment, with --data', numberBetween(1, 64, true), 1)
    .option('--net <name...>', 'networks to train', TRAINED_NETS)
    .option('--size <pixels>', 'side of the pictures to train on', numberBetween(32, 512, true), 128)
    .option('--json', 'a line of JSON per measurement')
    .action(bench);
}

function providerNamed(name: string): Provider {
  const found = PROVIDERS.find((known) => known === name);
  if (found !== undefined && found !== 'auto') return found;
  throw new InvalidArgumentError(
    `It must be one of ${PROVIDERS.filter((known) => known !== 'auto').join(', ')}.`,
  );
}

async function bench(options: Options): Promise<void> {
  if (options.data) return benchData(options.data, options);
  if (options.train) return benchTraining(options);
  if (options.besideTraining) return benchBeside(options);
  if (options.arch) return benchArchitectures(options.arch, options);
  const lines: InferenceSpeed[] = [];
  for await (const line of inferenceSpeeds(options)) {
    lines.push(line);
    if (options.json) printJson(line);
  }
  if (!options.json) describeSpeeds(lines).forEach(print);
  if (!options.live) return;
  const { model, provider, seconds, source } = options;
  const live = await liveSpeed({
    model,
    provider: provider?.[0] ?? 'auto',
    seconds,
    say,
    ...(source && { source }),
  });
  if (options.json) printJson(live);
  else print(describeLive(live));
}

async function benchBeside({ model, provider, seconds, source, json }: Options): Promise<void> {
  const live = { model, provider: provider?.[0] ?? ('auto' as const), seconds, say };
  for await (const line of speedBeside({ ...live, ...(source && { source }) }))
    if (json) printJson(line);
    else print(describeBeside(line));
}

async function benchArchitectures(names: string[], { batch, json }: Options): Promise<void> {
  const batches = batch === DEFAULT_BATCHES ? [MAX_BATCH] : batch;
  for (const name of names)
    for (const each of batches)
      for await (const cost of architectureCosts(name, each))
        if (json) printJson(cost);
        else print(describeCost(cost));
}

async function benchData(data: string[], { size, batch, workers, json }: Options): Promise<void> {
  let told = performance.now();
  const line = await dataSpeed({
    ...{ data, size, workers, batch: batch === DEFAULT_BATCHES ? 32 : batch[0]! },
    onProgress: (doing, done, of) => {
      if (performance.now() - told < 5000) return;
      told = performance.now();
      say(`${doing} ${done} of ${of} images`);
    },
  });
  if (json) printJson(line);
  else print(describeData(line));
}

async function benchTraining({ net, provider, batch, size, threads, json }: Options): Promise<void> {
  const batches = batch === DEFAULT_BATCHES ? [32] : batch;
  for (const name of net)
    for (const each of batches) {
      say(`${name}: ${each} pictures a step`);
      const line = await trainingSpeed({
        net: name,
        provider: provider?.[0] ?? 'cpu',
        batch: each,
        size,
        threads,
      });
      if (json) printJson(line);
      else print(describeTraining(line));
    }
}
