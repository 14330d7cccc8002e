/**
 * `maskwatch soak`: the demo for hours, headless, with random accidents, and what became of rate, latency, memory, open
 * files and counts. Everything it writes is in a folder of its own, removed at the end.
 */
import { appendFileSync, readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
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
import { trendOf, type Measured } from '../soak/trend';
import { openDatabase, single } from '../store/database';
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
    report(options, app, diary, { seconds, blocked: delay.max / 1e9 }, eventsIn(folder));
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
  { hours, faultEvery, seed, samples: file }: SoakOptions,
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
          const sample = { at: now(), looks: diary.looks, ...memory.now(), browserMB, handles };
          diary.samples.push(sample);
          if (file !== undefined) appendFileSync(file, `${JSON.stringify(sample)}\n`);
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

/** What is in the database once all is written: visits in the intervals, and single verdicts, which must agree. */
function eventsIn(folder: string): { visits: number; verdicts: number } {
  const { db } = openDatabase(join(folder, 'maskwatch.db'));
  const visits = Number(single(db, 'SELECT coalesce(sum(correct + incorrect + none), 0) FROM intervals'));
  const verdicts = Number(single(db, 'SELECT count(*) FROM verdicts WHERE before IS NULL'));
  db.close();
  return { visits, verdicts };
}

function report(
  { seed, json }: SoakOptions,
  app: App,
  diary: Diary,
  { seconds, blocked }: { seconds: number; blocked: number },
  events: { visits: number; verdicts: number },
): void {
  const { latencyMs, provider, model } = app.summary();
  const rounded = (x: number | null): number | null => (x === null ? null : Math.round(x * 10) / 10);
  const last = diary.samples.at(-1);
  const stall = diary.longestStall;
  const trend = (of: Measured): { perHour: number | null; plusMinus: number | null } => {
    const { perHour, plusMinus } = trendOf(diary.samples, of) ?? { perHour: null, plusMinus: null };
    return { perHour: rounded(perHour), plusMinus: rounded(plusMinus) };
  };
  const [main, heap, code, native, browser] = [
    trend('mainMB'),
    trend('heapMB'),
    trend('codeMB'),
    trend('nativeMB'),
    trend('browserMB'),
  ];
  const result = {
    type: 'soak',
    hours: Math.round(seconds / 3.6) / 1000,
    seed,
    cores: availableParallelism(),
    model,
    provider,
    looks: diary.looks,
    looksPerSecond: rounded(diary.looks / seconds),
    latencyMs,
    longestStallSeconds: rounded(stall?.seconds ?? 0),
    longestStallAt: rounded(stall?.at ?? null),
    mainBlockedSeconds: Math.round(blocked * 100) / 100,
    faults: diary.recoveries.map(({ kind, seconds: pause }) => ({ kind, recoverySeconds: rounded(pause) })),
    // `plusMinus`: half the width of the 95 % confidence interval of what stands before it (soak/trend.ts).
    memory: {
      mainMB: rounded(last?.mainMB ?? null),
      mainMBPerHour: main.perHour,
      mainPlusMinus: main.plusMinus,
      heapMB: rounded(last?.heapMB ?? null),
      heapMBPerHour: heap.perHour,
      heapPlusMinus: heap.plusMinus,
      codeMB: rounded(last?.codeMB ?? null),
      codeMBPerHour: code.perHour,
      codePlusMinus: code.plusMinus,
      nativeMB: rounded(last?.nativeMB ?? null),
      nativeMBPerHour: native.perHour,
      nativePlusMinus: native.plusMinus,
      browserMB: rounded(last?.browserMB ?? null),
      browserMBPerHour: browser.perHour,
      browserPlusMinus: browser.plusMinus,
    },
    handles: { last: last?.handles ?? null, ...trend('handles') },
    events: { ...events, lost: Math.max(0, events.visits - events.verdicts) },
  };
  if (json) printJson(result);
  else
    for (const [name, value] of Object.entries(result)) print(`${name.padEnd(20)} ${JSON.stringify(value)}`);
}
