/** The app with real model and settings, over real MessageChannels: several pages, providers, settings. */
import { mkdtemp, open, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  LOCKED,
  mainArguments,
  WINDOW_MODES,
  type About,
  type Look,
  type Menu,
  type Settings,
  type Start,
} from '../src-main/api';
import { App, type AppOptions } from '../src-main/app';
import { openDatabase, single } from '../src-main/store/database';
import { SettingsStore } from '../src-main/store/settings';
import { colourModel, testCard, writeModel } from './watch/models';

interface Message {
  t: 'q' | 's';
  i?: string;
  m?: string;
  a?: unknown[];
  r?: unknown;
  e?: { message: string };
}

/** A page as main sees it. */
class TestPage {
  readonly told: [name: string, ...args: unknown[]][] = [];
  #asked = 0;
  constructor(readonly port: MessagePort) {
    port.on('message', (message: Message) => {
      if (message.t === 'q') this.told.push([message.m ?? '', ...(message.a ?? [])]);
    });
  }
  call<Result>(name: string, ...args: unknown[]): Promise<Result> {
    const id = String(++this.#asked);
    return new Promise((resolve, reject) => {
      const take = (message: Message): void => {
        if (message.t !== 's' || message.i !== id) return;
        this.port.off('message', take);
        if (message.e) reject(new Error(message.e.message));
        else resolve(message.r as Result);
      };
      this.port.on('message', take);
      this.port.postMessage({ t: 'q', i: id, m: name, a: args });
    });
  }
}

let folder: string;
let settings: SettingsStore;
let app: App;
let pages: TestPage[];
let model: string;

const options = (): AppOptions => ({
  version: '1.2.3',
  model,
  settings,
  overrides: { provider: 'cpu', reach: 'far' },
  source: { kind: 'camera', name: '' },
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-app-'));
  settings = await SettingsStore.open(join(folder, 'settings.json'));
  model = await writeModel(folder, colourModel(32), testCard(32));
  app = await App.open(options());
  pages = [];
});

afterEach(async () => {
  for (const { port } of pages) port.close();
  await app.close();
  await rm(folder, { recursive: true });
});

function page(): TestPage {
  const { port1, port2 } = new MessageChannel();
  app.serve({
    post: (message) => {
      port1.postMessage(message);
    },
    on: (listener) => port1.on('message', listener),
    onClose: (listener) => port1.on('close', listener),
  });
  const opened = new TestPage(port2);
  pages.push(opened);
  return opened;
}

const frame = (id: number): unknown => ({
  id,
  time: 1000 + 40 * id,
  width: 640,
  height: 480,
  regions: [[0, 0, 640, 480]],
  faces: [{ box: [100, 100, 80, 100], score: 0.9 }],
  crops: new Uint8Array(32 * 32 * 3).fill(120),
});

describe('the app', () => {
  it('greets a page with what holds now: the command line before the settings file', async () => {
    const start = await page().call<Start>('hello');
    expect(start.settings.reach).toBe('far');
    expect(start.status).toMatchObject({
      version: '1.2.3',
      source: { kind: 'camera', name: '' },
      model: { inputSize: 32 },
      provider: { name: 'cpu', fellBack: false },
    });
    expect(start.counts).toEqual({ correct: 0, incorrect: 0, none: 0 });
  });

  it('lets the newest page watch, and the one before again when that has gone', async () => {
    const [first, second] = [page(), page()];
    await expect(first.call('look', frame(1))).rejects.toThrow('another window of maskwatch watches now');
    expect((await second.call<Look>('look', frame(1))).id).toBe(1);
    const closed = new Promise((resolve) => second.port.once('close', resolve));
    second.port.close();
    await closed;
    const look = async (): Promise<Look> => first.call<Look>('look', frame(2)).catch(look);
    expect((await look()).id).toBe(2);
  });

  it('tells all pages of changed settings, and saves no more than was changed', async () => {
    const [first, second] = [page(), page()];
    const changed = await first.call<Settings>('changeSettings', { mirror: false });
    expect(changed).toMatchObject({ mirror: false, reach: 'far', provider: 'cpu' });
    await second.call('hello');
    expect(second.told).toEqual([['settingsChanged', changed]]);
    const saved = JSON.parse(await readFile(settings.path, 'utf8')) as Settings;
    expect(saved).toMatchObject({ mirror: false, reach: 'near', provider: 'auto' });
  });

  it('says how the live window is to stand, and takes its orders from the page that watches only', async () => {
    await app.close();
    const window = { modes: WINDOW_MODES, frameless: true };
    app = await App.open({ ...options(), window });
    const happened: unknown[] = [];
    app.on('windowMode', (mode) => happened.push(mode));
    app.on('windowOrder', (order) => happened.push(order));
    const [first, second] = [page(), page()];
    expect((await first.call<Start>('hello')).offers).toContain('orderWindow');
    expect([app.window, app.status.window]).toEqual(['app', window]);
    await first.call('orderWindow', 'close');
    await second.call('orderWindow', 'minimise');
    await second.call('changeSettings', { windowMode: 'above' });
    await second.call('changeSettings', { windowMode: 'above' });
    expect(happened).toEqual(['minimise', 'above']);
    await second.call('windowPlaced', { x: 1, y: 2, width: 3, height: 4 });
    await second.call('changeSettings', { windowMode: 'kiosk' });
    await second.call('orderWindow', 'fill');
    await second.call('windowPlaced', { x: 0, y: 0, width: 1920, height: 1080 });
    expect(happened).toEqual(['minimise', 'above', 'kiosk']);
    expect([app.window, app.menu.items.some(({ id }) => id === 'compact')]).toEqual(['kiosk', false]);
    expect([app.places.of('app')?.width, app.places.of('kiosk')?.width]).toEqual([3, 1920]);
  });

  it('lets the page override the command line', async () => {
    const changed = await page().call<Settings>('changeSettings', { reach: 'centre' });
    expect(changed.reach).toBe('centre');
    expect(app.settings.reach).toBe('centre');
  });

  it('keeps what runs when a provider cannot be used, and says why', async () => {
    const one = page();
    await expect(one.call('changeSettings', { provider: 'coreml' })).rejects.toThrow(
      /coreml cannot be used here/,
    );
    expect(app.settings.provider).toBe('cpu');
    expect((await one.call<Look>('look', frame(1))).id).toBe(1);
  });

  it('lets a lighter student watch when this one does not keep up with the camera', async () => {
    const card = (name: string, parameters: number, size: number, balancedAccuracy: number) => ({
      ...testCard(size, { name, parameters }),
      metrics: [
        {
          ...{ set: 'all', split: 'test', n: 9, accuracy: 1, balancedAccuracy, ece: 0 },
          ...{ confusion: { labels: [], matrix: [] }, perClass: {} },
        },
      ],
    });
    const small = await writeModel(folder, colourModel(32), card('small', 10, 32, 0.9), 'student');
    const large = await writeModel(folder, colourModel(48), card('large', 20, 48, 0.95), 'student-large');
    await app.close();
    app = await App.open({
      ...{ version: '1.2.3', model: small, others: [large], settings, overrides: { provider: 'cpu' } },
      source: { kind: 'camera', name: '' },
    });
    expect(app.status.model).toMatchObject({ name: 'large', inputSize: 48 });
    expect(app.summary().why).toMatch(/^student-large \(95\.0 % .*; as asked for$/);
    const [one, faults] = [page(), [] as string[]];
    app.on('fault', (message) => faults.push(message));
    const ofLarge = (id: number) => ({ ...(frame(id) as object), crops: new Uint8Array(48 * 48 * 3) });
    // A camera so fast that no student could keep up, two figures in a row.
    const measured = { cameraFrames: 100_000, frames: 50, seconds: 10, ages: [], detectMs: [] };
    for (let id = 1; id <= 100; id++) {
      await one.call('look', ofLarge(id));
      if (id % 50 === 0) await one.call('measured', measured);
    }
    await one.call('changeSettings', {}); // Changes come one after the other.
    expect(app.status.model).toMatchObject({ name: 'small', inputSize: 32 });
    expect(faults).toEqual([
      expect.stringMatching(/^large did not keep up with the camera \(\d+ % .*\); small took over$/),
    ]);
    // A frame that was cut for the student before is no fault, one for the new is looked at.
    expect((await one.call<Look>('look', ofLarge(101))).tracks).toEqual([]);
    expect((await one.call<Look>('look', frame(102))).id).toBe(102);
    expect(one.told.map(([name]) => name)).toContain('statusChanged');
  });

  it('changes the provider under the stream, and tells the page', async () => {
    const one = page();
    const looks = [1, 2, 3].map((id) => one.call<Look>('look', frame(id)));
    await one.call('changeSettings', { provider: 'auto' });
    expect((await Promise.all(looks)).map(({ id }) => id)).toEqual([1, 2, 3]);
    expect((await one.call<Look>('look', frame(4))).id).toBe(4);
    expect(one.told.map(([name]) => name)).toEqual(['statusChanged', 'settingsChanged']);
  });

  it('names the camera that runs in its status', async () => {
    const one = page();
    await one.call('cameraChanged', { state: 'running', label: 'Door camera', message: '' });
    expect(app.status.source).toEqual({ kind: 'camera', name: 'Door camera' });
  });

  it('sees nobody while it is paused, says so, and goes on', async () => {
    const one = page();
    await one.call('pauseWatching', 30);
    expect(app.status.paused?.until).toMatch(/^\d{4}-/);
    expect((await one.call<Look>('look', frame(1))).tracks).toEqual([]);
    await one.call('resumeWatching');
    expect((await one.call<Look>('look', frame(2))).tracks).toHaveLength(1);
    expect(one.told.filter(([name]) => name === 'statusChanged')).toHaveLength(2);
  });

  it('has no camera of the door in a film', async () => {
    await settings.change({ camera: { deviceId: 'x', label: 'Door camera' } });
    app.setSource({ kind: 'demo', name: 'demo' });
    expect(app.settings.camera).toBeNull();
  });
});

describe('the PIN', () => {
  it('keeps a locked page from all but watching, and lets it go on once it is given', async () => {
    const [desk, live] = [page(), page()];
    await desk.call('setPin', null, '2468');
    await expect(live.call('changeSettings', { mirror: false })).rejects.toThrow(LOCKED);
    await expect(live.call('pauseWatching', 15)).rejects.toThrow(LOCKED);
    await expect(live.call('chooseMenu', 'quit')).rejects.toThrow(LOCKED);
    await expect(live.call('deleteStatistics')).rejects.toThrow(LOCKED);
    expect((await live.call<Look>('look', frame(1))).id).toBe(1);
    expect(await live.call('unlock', '2468')).toMatchObject({ locked: false });
    expect((await live.call<Settings>('changeSettings', { mirror: false })).mirror).toBe(false);
    expect(await readFile(join(folder, 'settings.json'), 'utf8')).not.toContain('2468');
  });

  it('lets the tray only ask: a live page asks for the PIN first', async () => {
    const live = page();
    await live.call('setPin', null, '2468');
    let quit = false;
    app.on('quit', () => (quit = true));
    app.choose('quit');
    await live.call('menu');
    expect(quit).toBe(false);
    expect(live.told).toContainEqual(['happened', { type: 'choose', action: 'quit' }]);
  });
});

describe('the menu', () => {
  const ids = (menu: Menu): string[] => menu.items.map(({ id }) => id);

  it('pauses for a while and goes on; every page is told', async () => {
    const [first, second] = [page(), page()];
    expect(ids(await first.call<Menu>('menu'))).toContain('pause-for');
    await first.call('chooseMenu', 'pause-15');
    expect(app.status.paused?.until).not.toBeNull();
    expect(ids(await second.call<Menu>('menu'))).toContain('resume');
    expect(second.told.some(([, event]) => (event as { type?: string } | undefined)?.type === 'menu')).toBe(
      true,
    );
    await second.call('chooseMenu', 'resume');
    expect(app.status.paused).toBeNull();
  });

  it('shows a page where it was asked for, and quits', async () => {
    const [first, second] = [page(), page()];
    await first.call('chooseMenu', 'statistics');
    await second.call('menu');
    const shown = ['happened', { type: 'show', section: 'statistics' }];
    expect(first.told).toContainEqual(shown);
    expect(second.told).not.toContainEqual(shown);
    const quit = new Promise<void>((resolve) => app.once('quit', resolve));
    await first.call('chooseMenu', 'quit');
    await quit;
  });

  it('leads to where retraining and distilling begin while there is nothing to begin with', async () => {
    const live = page();
    const shown = (): unknown =>
      live.told.findLast(([, event]) => (event as { type?: string }).type === 'show')?.[1];
    await live.call('chooseMenu', 'retrain');
    expect(shown()).toEqual({ type: 'show', section: 'privacy' });
    await live.call('changeSettings', { privacy: { review: true } });
    await live.call('chooseMenu', 'retrain');
    expect(shown()).toEqual({ type: 'show', section: 'review' });
    await live.call('chooseMenu', 'distil');
    expect(shown()).toEqual({ type: 'show', section: 'jobs' });
    expect(await live.call('jobs')).toEqual([]);
  });

  it('names nothing that cannot be called', async () => {
    const start = await page().call<Start>('hello');
    expect(start.offers).toEqual(
      expect.arrayContaining(['changeSettings', 'setPin', 'menu', 'statistics', 'about']),
    );
    for (const name of start.offers) expect(Object.keys(mainArguments)).toContain(name);
  });

  it('says what it is made of', async () => {
    const about = await page().call<About>('about');
    expect(about).toMatchObject({ version: '1.2.3', host: 'browser', folder });
    expect(about.parts.find(({ name }) => name === 'ONNX Runtime')?.version).toMatch(/^\d+\.\d+/);
    expect(about.licences.length).toBeGreaterThan(10);
    for (const { name, licence } of about.licences) expect(licence, name).not.toBe('');
  });
});

describe('a database that is damaged as it runs', () => {
  it('is said, the watch goes on, and what it did not take begins the next one', async () => {
    const path = join(folder, 'maskwatch.db');
    const one = page();
    const watch = (seconds: number): Promise<unknown> =>
      one.call('measured', { cameraFrames: 1, frames: 1, seconds, ages: [], detectMs: [] });
    const faults: string[] = [];
    app.on('fault', (message) => faults.push(message));
    await watch(3);
    await vi.waitFor(() => {
      expect(one.told.some(([name]) => name === 'happened')).toBe(true);
    }, 5000);
    // Another process empties the log into the file and writes a little: what the app has read before, it reads again.
    const other = openDatabase(path).db;
    other.pragma('wal_checkpoint(TRUNCATE)');
    other.exec("INSERT INTO rates VALUES ('x', 1)");
    const handle = await open(path, 'r+');
    const { size } = await handle.stat();
    await handle.write(Buffer.alloc(size - 4096, 'x'), 0, size - 4096, 4096);
    await handle.close();
    other.close();
    await watch(4);
    await vi.waitFor(() => {
      expect(faults.join()).toMatch(/counts cannot be written for now/);
    }, 5000);
    expect((await one.call<Look>('look', frame(1))).id).toBe(1);
    await app.close();
    const { db, notice } = openDatabase(path);
    expect(notice).toBeNull();
    expect(single(db, 'SELECT sum(watched_ms) FROM intervals')).toBe(4000);
    db.close();
    expect((await readdir(folder)).some((name) => name.startsWith('maskwatch.db.broken-'))).toBe(true);
  });
});
