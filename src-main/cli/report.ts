/** `maskwatch report`: runs side by side, as one page that opens from a file, a JSON and a table. */
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { type Run, type Speed, makeReport, readRuns, writeReport } from '../learn/report';
import { openClassifier } from '../watch/classifier';
import { cropsPerSecond } from '../watch/measure';
import { candidateProviders } from '../watch/providers';
import { numberBetween } from './options';
import { print, printJson, say } from './output';

interface Options {
  out: string;
  thumbnails?: true;
  speed: boolean;
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
    .option('--no-speed', 'do not measure crops a second')
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
  const made = makeReport(runs, speeds);
  const page = await writeReport(made, options.out, options.thumbnails === true);
  if (options.json) printJson(made);
  else
    for (const { name, parameters, accuracy, balancedAccuracy } of made.runs)
      print(
        `${name}: ${parameters} parameters, accuracy ${share(accuracy)}, balanced ${share(balancedAccuracy)}`,
      );
  say(`wrote ${page}`);
}

const share = (value: number | null): string => (value === null ? '–' : `${(100 * value).toFixed(1)} %`);

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
