/** `maskwatch report`: runs side by side, as one page that opens from a file, a JSON and a table. */
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { Detector } from '../detect/detector';
import {
  type DetectorRun,
  type Run,
  type Speed,
  isBaseline,
  makeReport,
  readDetectorRuns,
  readRuns,
  writeReport,
} from '../learn/report';
import { openClassifier } from '../watch/classifier';
import { cropsPerSecond } from '../watch/measure';
import { candidateProviders } from '../watch/providers';
import { overAll } from '../learn/report/detector-section';
import { trainingSpeed } from './bench-train';
import { numberBetween } from './options';
import { print, printJson, say } from './output';

interface Options {
  out: string;
  thumbnails?: true;
  speed: boolean;
  trainingSpeed?: true;
  batch: number;
  threads: number;
  json?: true;
}

export function reportCommand(): Command {
  return new Command('report')
    .description('compare runs: curves, confusion, calibration, mistakes, and what each network costs')
    .argument('<run...>', 'folders that train or distil wrote')
    .option('--out <dir>', 'where report.html, report.json and report.md go', '.')
    .option('--thumbnails', 'show the faces of the hardest mistakes: the page then holds personal data')
    .option('--no-speed', 'do not measure crops a second, and milliseconds a frame')
    .option('--training-speed', 'measure training steps of each network too, instead of telling how they ran')
    .option('--batch <n>', 'crops a call, for the speed', numberBetween(1, 1024, true), 64)
    .option(
      '--threads <n>',
      'threads on cpu, for the speed',
      numberBetween(1, 256, true),
      availableParallelism(),
    )
    .option('--json', 'print the report as one line of JSON too')
    .action(report);
}

async function report(folders: string[], options: Options): Promise<void> {
  const runs = await readRuns(folders);
  const speeds: Record<string, Speed[]> = {};
  if (options.speed) for (const run of runs) speeds[run.name] = await speedsOf(run, options);
  const stepSpeeds: Record<string, number> = {};
  if (options.trainingSpeed)
    for (const run of runs) {
      const rate = await stepsOf(run, options.threads);
      if (rate !== null) stepSpeeds[run.name] = rate;
    }
  const detectors = await readDetectorRuns(folders);
  const msPerFrame: Record<string, number> = {};
  if (options.speed)
    for (const run of detectors) msPerFrame[run.name] = await msPerFrameOf(run, options.threads);
  const made = makeReport(runs, speeds, detectors, msPerFrame, stepSpeeds);
  const page = await writeReport(made, options.out, options.thumbnails === true);
  if (options.json) printJson(made);
  else {
    for (const { name, parameters, accuracy, balancedAccuracy } of made.runs)
      print(
        `${name}: ${parameters} parameters, accuracy ${share(accuracy)}, balanced ${share(balancedAccuracy)}`,
      );
    for (const run of made.detectors)
      print(`${run.name}: ${run.parameters} parameters, mAP@0.5 ${share(overAll(run)?.map50 ?? null)}`);
  }
  say(`wrote ${page}`);
}

const share = (value: number | null): string => (value === null ? '–' : `${(100 * value).toFixed(1)} %`);

/** Frames that a one-shot network is timed on, of a camera's shape. */
const FRAMES = 30;
const FRAME = { width: 640, height: 360 };

/** The median milliseconds of a frame: shrinking, the network, decoding. */
async function msPerFrameOf({ name, model }: DetectorRun, threads: number): Promise<number> {
  say(`${name}: measuring milliseconds a frame`);
  const detector = await Detector.open(model, { threads });
  const pixels = new Uint8Array(FRAME.width * FRAME.height * 3).fill(90);
  const times: number[] = [];
  try {
    for (let i = 0; i < FRAMES; i++) {
      const start = performance.now();
      await detector.find(pixels, FRAME, 0.5);
      times.push(performance.now() - start);
    }
  } finally {
    await detector.release();
  }
  return Math.round(10 * times.toSorted((a, b) => a - b)[FRAMES >> 1]!) / 10;
}

/** Images a second of the network's training steps on CPU; null where it is none that is known here by its name. */
async function stepsOf({ name, facts, card }: Run, threads: number): Promise<number | null> {
  if (!facts || isBaseline(facts)) return null;
  say(`${name}: measuring training steps`);
  const step = { net: facts.network, provider: 'cpu', batch: 32, size: card.input.size, threads } as const;
  try {
    return Math.round((await trainingSpeed(step)).imagesPerSecond * 10) / 10;
  } catch (error) {
    // A network of someone's own file, say.
    say((error as Error).message);
    return null;
  }
}

/** On every provider that works here; none where the model is no network. */
async function speedsOf({ name, model }: Run, { batch, threads }: Options): Promise<Speed[]> {
  const speeds: Speed[] = [];
  if (!model.endsWith('.onnx')) return speeds;
  for (const provider of candidateProviders()) {
    say(`${name}: measuring on ${provider}`);
    try {
      const classifier = await openClassifier({ model, provider, threads });
      try {
        const rate = await cropsPerSecond(classifier, batch);
        if (!classifier.provider.fellBack) speeds.push({ provider, batch, cropsPerSecond: Math.round(rate) });
      } finally {
        await classifier.close();
      }
    } catch (error) {
      // A provider that does not work here is no failure; CPU always works.
      if (provider === 'cpu') throw error;
      say((error as Error).message);
    }
  }
  return speeds;
}
