/**
 * `maskwatch soak`: the demo for hours, headless, with random accidents, and what became of rate, latency, memory, open
 * files and counts. Everything it writes is in a folder of its own, removed at the end.
 */
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Command, Option } from 'commander';
import { App } from '../app';
import { BrowserHost } from '../kiosk/host';
import { memoryOfTree } from '../kiosk/processes';
import { seeded } from '../random';
import { Diary } from '../soak/diary';
import { FAULTS, type FaultName, type Victim } from '../soak/faults';
import { MainMemory } from '../soak/memory';
import { eventsIn, reportOf } from '../soak/report';
import type { Sample } from '../soak/trend';
import { SettingsStore } from '../store/settings';
import { modelOption, numberBetween, providerOption } from './options';
import { fail, print, printJson, say } from './output';
import { endWith } from './signals';
import { demoPicture, firstPicture } from './source';
import { version } from './version';

interface SoakOptions {
  hours: number;
  faultEvery: number;
  seed: number;
  source?: string;
  samples?: string;
  json?: true;
  model: string;
  provider?: App['settings']['provider'];
}

/** Seconds between two samples of memory and open files. */
const SAMPLE_EVERY = 5;
/** Where they are until the end: in memory, they would be a growth of their own. */
const samplesIn = (folder: string): string => join(folder, 'samples.jsonl');

export function soakCommand(): Command {
  return new Command('soak')
    .description('watch the demo for hours with random accidents, and report how it went (Linux)')
    .addOption(new Option('--hours <h>', 'how long').argParser(numberBetween(0.001, 10_000)).default(1))
    .addOption(
      new Option('--fault-every <seconds>', 'between two accidents')
        .argParser(numberBetween(5, 1e6))
        .default(180),
    )
    .addOption(
      new Option('--seed <n>', 'another order of accidents')
        .argParser(numberBetween(0, 1e9, true))
        .default(1),
    )
    .option('--source <file>', 'a Motion JPEG film instead of the demo')
    .option('--samples <file>', 'add each sample of memory and open files to it, a line of JSON every 5 s')
    .option('--json', 'the report as JSON')
    .addOption(modelOption())
    .addOption(providerOption())
    .action(soak);
}

async function soak(options: SoakOptions): Promise<void> {
  if (process.platform !== 'linux') throw new Error('soak does its accidents by /proc, which only Linux has');
  const picture =
    options.source === undefined
      ? await demoPicture(say)
      : await firstPicture({ source: options.source }, say);
  if (picture === null) throw new Error('there is no demo to play; name a film with --source');
  const folder = await mkdtemp(join(tmpdir(), 'maskwatch-soak-'));
  try {
    const settings = await SettingsStore.open(join(folder, 'settings.json'));
    // Single verdicts are kept, so that they can be held against the counts.
    await settings.change({ privacy: { eventDays: 1 } });
    const { model, provider } = options;
    const overrides = provider === undefined ? {} : { provider };
    const app = await App.open({
      ...{ version, model, settings, overrides, source: picture.source },
      ...(picture.film && { film: picture.film }),
    });
    const diary = new Diary();
    // Tells a stall of main's own thread from one of the browser.
    const delay = monitorEventLoopDelay();
    app.once('look', () => {
      delay.enable();
    });
    let seconds: number;
    try {
      seconds = await run(app, picture.file, folder, options, diary);
    } finally {
      delay.disable();
      await app.close();
    }
    const samples = readFileSync(samplesIn(folder), { encoding: 'utf8', flag: 'a+' })
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Sample);
    const took = { seconds, blocked: delay.max / 1e9 };
    const report = reportOf(app, { seed: options.seed, diary, samples, took, events: eventsIn(folder) });
    if (options.json) printJson(report);
    else
      for (const [name, value] of Object.entries(report))
        print(`${name.padEnd(20)} ${JSON.stringify(value)}`);
  } finally {
    await picture.remove();
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns seconds it ran, from the first look */
async function run(
  app: App,
  camera: string | null,
  folder: string,
  { hours, faultEvery, seed, samples: asked }: SoakOptions,
  diary: Diary,
): Promise<number> {
  const sessionFile = join(folder, 'session.json');
  const host = await BrowserHost.open({
    app,
    camera,
    sessionFile,
    onNotice: (message) => {
      app.notice(message);
    },
  });
  app.on('fault', say);
  let failure: string | null = null;
  const ended = new Promise<void>((resolve) => {
    host.on('end', (reason) => {
      failure = reason ?? 'the browser was closed';
      resolve();
    });
    endWith(resolve);
  });
  const first = new Promise<void>((resolve) =>
    app.once('look', () => {
      resolve();
    }),
  );
  await Promise.race([first, ended]);
  const started = performance.now();
  const now = (): number => (performance.now() - started) / 1000;
  app.on('look', () => {
    diary.looked(now());
  });
  const browser = async (): Promise<number> => {
    const { browser: open } = JSON.parse(await readFile(sessionFile, 'utf8')) as { browser: { pid: number } };
    return open.pid;
  };
  const random = seeded(seed);
  const memory = new MainMemory();
  const timers = [
    setInterval(() => {
      void browser().then(
        (pid) => {
          const browserMB = (memoryOfTree(pid) ?? 0) / 1e6;
          const handles = readdirSync('/proc/self/fd').length;
          const sample: Sample = { at: now(), looks: diary.looks, ...memory.now(), browserMB, handles };
          for (const file of [samplesIn(folder), ...(asked === undefined ? [] : [asked])])
            appendFileSync(file, `${JSON.stringify(sample)}\n`);
        },
        () => undefined,
      ); // Between two browsers.
    }, SAMPLE_EVERY * 1000),
    setInterval(() => {
      const names = Object.keys(FAULTS) as FaultName[];
      const kind = names[Math.floor(random() * names.length)]!;
      // Nothing more is done to it so late that it could not recover in time.
      if (now() + faultEvery > hours * 3600) return;
      say(`${now().toFixed(0)} s: ${kind}`);
      diary.fault(kind, now());
      const victim: Victim = { browser, folder };
      FAULTS[kind](victim).catch((error: unknown) => {
        fail(error);
      });
    }, faultEvery * 1000),
  ];
  let over: NodeJS.Timeout | undefined;
  await Promise.race([ended, new Promise((resolve) => (over = setTimeout(resolve, hours * 3_600_000)))]);
  clearTimeout(over);
  for (const timer of timers) clearInterval(timer);
  memory.close();
  const seconds = now();
  diary.end(seconds);
  await host.close();
  if (failure !== null) throw new Error(`it ended after ${seconds.toFixed(0)} s: ${String(failure)}`);
  return seconds;
}
