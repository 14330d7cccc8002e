/**
 * `maskwatch bench`: how fast the parts are on this machine, each figure as a ratio to what the article reports.
 * Every kind of measurement is a function that yields its lines; the command only chooses and prints.
 */
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { PROVIDERS, type Provider } from '../api';
import { openClassifier } from '../watch/classifier';
import { MAX_BATCH } from '../watch/crops';
import { ARTICLE_CROPS_PER_SECOND, cropsPerSecond } from '../watch/measure';
import { candidateProviders, LIVE_THREADS } from '../watch/providers';
import { architectureCosts, describeCost } from './bench-arch';
import { ARTICLE_FRAMES_PER_SECOND, type LiveSpeed, liveSpeed } from './bench-live';
import { describeBeside, speedBeside } from './bench-beside';
import { dataSpeed } from './bench-data';
import { trainingSpeed } from './bench-train';
import { modelOption, numberBetween } from './options';
import { print, printJson, say } from './output';

/** One line of `bench --json`. */
export interface InferenceSpeed {
  net: string;
  provider: Provider;
  /** Crops a call. */
  batch: number;
  /** Side of the crops in pixels. */
  size: number;
  cropsPerSecond: number;
  ratioToArticle: number;
}

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
  for await (const line of inference(options)) {
    lines.push(line);
    if (options.json) printJson(line);
  }
  if (!options.json) printTable(lines);
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
  else printLive(live);
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
  else
    print(
      `${line.images} images: listed in ${line.listSeconds} s, compared in ${line.compareSeconds} s, divided in ${line.splitSeconds} s, ` +
        `${line.imagesPerSecond} images/s decoded and augmented to ${size}×${size} by ${workers} ` +
        `${workers === 1 ? 'thread' : 'threads'} (${line.ratioToTraining} times as fast as the student trains), ` +
        `${line.megabytes} MB of memory at most`,
    );
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
      else
        print(
          `${name.padEnd(14)} ${line.provider}  ${each}×${size}×${size}  ` +
            `${line.msPerStep.toFixed(1)} ms a step, ${line.imagesPerSecond.toFixed(0)} images/s`,
        );
    }
}

/**
 * The network's speed on each provider and batch size.
 * @throws Error when the model cannot be read, or a provider that was named cannot be used here
 */
async function* inference({ model, provider, batch, threads }: Options): AsyncGenerator<InferenceSpeed> {
  for (const name of provider ?? candidateProviders()) {
    say(`${name}: opening`);
    let classifier;
    try {
      classifier = await openClassifier({ model, provider: name, threads });
    } catch (error) {
      // Unless it was asked for by name, a provider that does not work here is no failure; CPU always works.
      if (provider !== undefined || name === 'cpu') throw error;
      say((error as Error).message);
      continue;
    }
    try {
      for (const crops of batch) {
        say(`${name}: ${crops} crops a call`);
        const rate = await cropsPerSecond(classifier, crops);
        if (classifier.provider.fellBack)
          throw new Error(`no figure for ${name}: ${classifier.provider.reason}`);
        yield {
          net: classifier.card.name,
          provider: name,
          batch: crops,
          size: classifier.card.input.size,
          cropsPerSecond: Math.round(rate * 10) / 10,
          ratioToArticle: Math.round((rate / ARTICLE_CROPS_PER_SECOND) * 1000) / 1000,
        };
      }
    } finally {
      await classifier.close();
    }
  }
}

function printTable(lines: InferenceSpeed[]): void {
  const rows = lines.map(({ net, provider, batch, size, cropsPerSecond: rate, ratioToArticle }) => [
    net,
    provider,
    `${batch}×${size}×${size}`,
    rate.toFixed(0),
    ratioToArticle.toFixed(2),
  ]);
  const table = [
    ['network', 'provider', 'batch', 'crops/s', `to the article's ${ARTICLE_CROPS_PER_SECOND}/s`],
    ...rows,
  ];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  for (const row of table)
    print(row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '));
}

function printLive({
  framesPerSecond,
  cameraFramesPerSecond,
  latencyMs,
  provider,
  ratioToArticle,
}: LiveSpeed): void {
  const age =
    latencyMs === null
      ? 'no face was seen'
      : `verdicts ${latencyMs.p50} ms old (p50), ${latencyMs.p95} ms (p95)`;
  print(
    `live path on ${provider}: ${framesPerSecond} of ${cameraFramesPerSecond} camera frames/s looked at ` +
      `(${ratioToArticle.toFixed(2)} of the article's ${ARTICLE_FRAMES_PER_SECOND}), ${age}`,
  );
}
