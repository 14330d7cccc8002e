/**
 * A whole day at a door with default settings, its clock turned by hand: somebody comes every twenty minutes. Nothing of a
 * picture is written, no connection is opened, and all that is left are numbers. (test/e2e/privacy.test.ts proves the same
 * of the real programs, browser included, for as long as a test lasts.)
 */
import dgram from 'node:dgram';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Look } from '../src-main/api';
import { App } from '../src-main/app';
import { openDatabase, single } from '../src-main/store/database';
import { SettingsStore } from '../src-main/store/settings';
import { seeded } from '../src-main/random';
import { colourModel, testCard, writeModel } from './watch/models';

const SIDE = 32;
const MINUTE = 60_000;
const EVERY = 20 * MINUTE;
const DAY = 24 * 60 * MINUTE;
/** Looks at a visitor, two thirds of a second. */
const LOOKS = 20;

let outside: string;
let folder: string;
beforeEach(async () => {
  outside = await mkdtemp(join(tmpdir(), 'maskwatch-day-'));
  folder = join(outside, 'config');
  // Of nothing else: what writes and answers is not to wait for a clock.
  vi.useFakeTimers({
    toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'Date', 'performance'],
    now: new Date(2026, 2, 5, 0, 0, 30),
  });
});
afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await rm(outside, { recursive: true });
});

/** A page's calls to an app. */
function pageOf(app: App): <Result>(name: string, ...args: unknown[]) => Promise<Result> {
  const { port1, port2 } = new MessageChannel();
  app.serve({
    post: (message) => {
      port1.postMessage(message);
    },
    on: (listener) => port1.on('message', listener),
    onClose: (listener) => port1.on('close', listener),
  });
  const waiting = new Map<string, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  port2.on('message', ({ t, i, r, e }: { t: string; i: string; r: never; e?: { message: string } }) => {
    if (t !== 's') return;
    if (e) waiting.get(i)?.reject(new Error(e.message));
    else waiting.get(i)?.resolve(r);
    waiting.delete(i);
  });
  let asked = 0;
  return (m, ...a) =>
    new Promise((resolve, reject) => {
      const i = String(++asked);
      waiting.set(i, { resolve, reject });
      port2.postMessage({ t: 'q', i, m, a });
    });
}

const noise = seeded(7);
const NOBODY = { faces: [], crops: new Uint8Array() };
/** A face whose crop has the sharpness of a real one. */
const crop = (): Uint8Array =>
  Uint8Array.from({ length: SIDE * SIDE * 3 }, () => 140 + 100 * (noise() - 0.5));

/** Everything that a run left, with what it begins with. */
async function left(): Promise<[name: string, begins: string][]> {
  const entries = await readdir(outside, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async ({ parentPath, name }) => {
        const bytes = await readFile(join(parentPath, name));
        return [join(parentPath, name).slice(outside.length + 1), bytes.toString('latin1', 0, 13)] as const;
      }),
  ).then((files) => files.map(([name, begins]) => [name, begins]));
}

it('a day with default settings leaves numbers alone and opens no connection', async () => {
  const connects = vi.spyOn(net.Socket.prototype, 'connect');
  const sends = vi.spyOn(dgram.Socket.prototype, 'send');
  const model = await mkdtemp(join(tmpdir(), 'maskwatch-day-model-'));
  const path = await writeModel(model, colourModel(SIDE), testCard(SIDE));
  const app = await App.open({
    // That is named, so that nobody looks every other second of the day whether another was promoted.
    ...{ version: 'test', model: path, pinned: path },
    settings: await SettingsStore.open(join(folder, 'settings.json')),
    overrides: { provider: 'cpu' },
    source: { kind: 'camera', name: '' },
  });
  const faults: string[] = [];
  app.on('fault', (message) => faults.push(message));
  const call = pageOf(app);
  await call('cameraChanged', { state: 'running', label: 'Door', message: '' });
  const midnight = Date.now();
  let visitors = 0;
  for (let passed = 0; passed < DAY; passed += EVERY, visitors++) {
    // Comes, is looked at, and goes.
    for (let look = 0; look < 2 * LOOKS; look++) {
      vi.advanceTimersByTime(look < LOOKS ? 33 : 200);
      const picture = { id: look, time: Date.now(), width: 640, height: 480, regions: [[0, 0, 640, 480]] };
      const seen =
        look < LOOKS ? { faces: [{ box: [100, 100, 120, 150], score: 0.9 }], crops: crop() } : NOBODY;
      expect((await call<Look>('look', { ...picture, ...seen })).id).toBe(look);
    }
    await call('measured', { cameraFrames: LOOKS, frames: LOOKS, seconds: 5, ages: [40], detectMs: [12] });
    // A minute of it in all that main does by itself; the rest as when nothing is to be done.
    vi.advanceTimersByTime(MINUTE);
    vi.setSystemTime(midnight + passed + EVERY);
  }
  expect(app.status.paused).toBeNull();
  await app.close();
  expect(faults).toEqual([]);
  expect(connects).not.toHaveBeenCalled();
  expect(sends).not.toHaveBeenCalled();
  const files = await left();
  expect(files.map(([name]) => name).filter((name) => !/^config\/(maskwatch\.db(-wal|-shm)?|jobs\/runner\.lock)$/.test(name))).toEqual([]); // prettier-ignore
  for (const [name, begins] of files) expect(begins, name).not.toMatch(/^(\xff\xd8\xff|\x89PNG|GIF8|RIFF)/);
  const { db } = openDatabase(join(folder, 'maskwatch.db'));
  expect(single(db, 'SELECT sum(correct + incorrect + none) FROM intervals')).toBe(visitors);
  // Three an hour, none of them shorter than 20 minutes.
  expect(single(db, 'SELECT count(*) FROM intervals')).toBe(72);
  expect(single(db, 'SELECT count(*) FROM verdicts')).toBe(0);
  db.close();
  await rm(model, { recursive: true });
});
