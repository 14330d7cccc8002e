/** Metrics and log of a real app with real verdicts: what they say, what they do not, and when they cannot be had. */
import { request } from 'node:http';
import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { App } from '../../src-main/app';
import { writeLog } from '../../src-main/outputs/log';
import { serveMetrics, type MetricsServer } from '../../src-main/outputs/metrics';
import { SettingsStore } from '../../src-main/store/settings';
import { colourModel, testCard, writeModel } from '../watch/models';

let folder: string;
let app: App;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-outputs-'));
  app = await App.open({
    version: '1.2.3',
    model: await writeModel(folder, colourModel(32), testCard(32)),
    settings: await SettingsStore.open(join(folder, 'settings.json')),
    overrides: { provider: 'cpu' },
    source: { kind: 'camera', name: '' },
  });
});
afterEach(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

const verdict = (
  before: 'none' | null,
  now: 'none' | 'correct',
): Parameters<typeof app.emit<'verdict'>>[1] => ({
  type: 'verdict',
  at: '2026-01-01T00:00:00Z',
  seconds: 1,
  track: 42_424_242,
  verdict: now,
  before,
  probabilities: { correct: 0.1, incorrect: 0.1, none: 0.8 },
  looks: 5,
  box: [1234.5, 2, 3, 4],
  waitMs: 1,
});
function happen(): void {
  app.emit('camera', { state: 'running', label: 'Front door', message: '' });
  for (let i = 0; i < 7; i++) app.emit('look');
  app.emit('measured', { cameraFrames: 30, frames: 7, seconds: 1, ages: [40, 90, 90, 160], detectMs: [] });
  app.emit('verdict', verdict(null, 'none'));
  app.emit('verdict', verdict('none', 'correct'));
  app.emit('fault', `the model ${join(homedir(), 'models', 'x.onnx')} is damaged`);
}

describe('metrics', () => {
  let metrics: MetricsServer;
  beforeEach(async () => {
    metrics = await serveMetrics(app, 0);
  });
  afterEach(() => metrics.close());

  it('are figures in Prometheus’ format, with nothing of a face', async () => {
    happen();
    const response = await fetch(metrics.address);
    const text = await response.text();
    expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    for (const line of [
      'maskwatch_looks_total 7',
      'maskwatch_camera_frames_total 30',
      'maskwatch_verdict_age_seconds_bucket{le="0.1"} 3',
      'maskwatch_verdicts_total{verdict="none"} 1',
      'maskwatch_verdicts_total{verdict="correct"} 0',
      'maskwatch_faults_total 1',
      // No page is there.
      'maskwatch_watching 0',
      'maskwatch_provider_fell_back 0',
      'maskwatch_info{version="1.2.3",model="test",provider="cpu",pipeline="two-stage"} 1',
    ])
      expect(text.split('\n')).toContain(line);
    expect(text).toMatch(/^maskwatch_process_resident_memory_bytes \d+/m);
    expect(text).not.toMatch(/42424242|1234\.5|Front door/);
  });

  it('say whether it watches: a page lives, its camera runs, and nobody paused it', async () => {
    const watching = async (): Promise<string | undefined> =>
      /^maskwatch_watching (\d)$/m.exec(await (await fetch(metrics.address)).text())?.[1];
    let send: (message: unknown) => void = () => undefined;
    let leave: () => void = () => undefined;
    app.serve({
      post: () => undefined,
      on: (listener) => (send = listener),
      onClose: (listener) => (leave = listener),
    });
    const call = (name: string, ...args: unknown[]): void => {
      send({ t: 'q', i: name, m: name, a: args });
    };
    const camera = { label: 'Front door', message: '' };
    call('cameraChanged', { state: 'running', ...camera });
    await expect.poll(watching).toBe('1');
    call('pauseWatching', 5);
    await expect.poll(watching).toBe('0');
    call('resumeWatching');
    await expect.poll(watching).toBe('1');
    call('cameraChanged', { state: 'lost', ...camera });
    await expect.poll(watching).toBe('0');
    call('cameraChanged', { state: 'running', ...camera });
    await expect.poll(watching).toBe('1');
    leave();
    await expect.poll(watching).toBe('0');
  });

  it('are what Prometheus’ own check (promtool) asks for, with no label that grows without end', async () => {
    happen();
    const lines = (await (await fetch(metrics.address)).text()).trim().split('\n');
    const types = new Map(
      lines.flatMap((line) => {
        const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
        return name === undefined || type === undefined ? [] : [[name, type]];
      }),
    );
    expect(types.size).toBeGreaterThan(20);
    for (const [name, type] of types) {
      expect(name).toMatch(/^maskwatch_[a-z][a-z0-9_]*$/);
      expect(name, 'seconds and bytes').not.toMatch(/milli|micro|minutes|_ms(_|$)|kilo|mega|percent/);
      expect(name.endsWith('_total'), `${name} is a ${type}`).toBe(type === 'counter');
      expect(lines.filter((line) => line.startsWith(`# HELP ${name} `) && line.length > 20)).toHaveLength(1);
    }
    // Of Node: kinds of collections, of the heap's spaces, of what is open; and its own version.
    const ofNode = ['kind', 'space', 'type', 'version', 'major', 'minor', 'patch'];
    const bounded = new Set([...ofNode, 'le', 'model', 'pipeline', 'provider', 'verdict']);
    const labels = lines.flatMap((line) => [...line.matchAll(/(\w+)="/g)].map(([, label]) => label!));
    expect(labels.filter((label) => !bounded.has(label))).toEqual([]);
  });

  it('are given to who asks by their own name, on loopback, and to nobody else', async () => {
    const { port, pathname } = new URL(metrics.address);
    const statusOf = (host: string, path: string, method = 'GET'): Promise<number> =>
      new Promise((resolve, reject) => {
        request({ port, host: '127.0.0.1', path, method, headers: { host } }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        })
          .on('error', reject)
          .end();
      });
    expect(await statusOf(`127.0.0.1:${port}`, pathname)).toBe(200);
    expect(await statusOf('evil.example', pathname)).toBe(404);
    expect(await statusOf(`127.0.0.1:${port}`, '/')).toBe(404);
    expect(await statusOf(`127.0.0.1:${port}`, pathname, 'POST')).toBe(404);
  });

  it('on a port that is taken are one sentence', async () => {
    const { port } = new URL(metrics.address);
    await expect(serveMetrics(app, Number(port))).rejects.toThrow(
      `port ${port} is taken: choose another with --metrics-port`,
    );
  });
});

describe('the log', () => {
  const logs = (): string => join(folder, 'logs');

  it('is a JSON object a line, of what happened, with nothing of a face or a user', async () => {
    const log = writeLog(app, logs(), () => undefined);
    happen();
    await log.close();
    const text = await readFile(join(logs(), 'maskwatch.log'), 'utf8');
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { level: number; time: string; msg: string });
    expect(lines.map(({ msg }) => msg)).toEqual([
      'begins',
      'camera',
      'the model ~/models/x.onnx is damaged',
      'ends',
    ]);
    expect(lines[0]!.time).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(text).not.toMatch(/42424242|1234\.5|Front door/);
    expect(text).not.toContain(homedir());
    if (process.platform !== 'win32')
      expect((await stat(join(logs(), 'maskwatch.log'))).mode & 0o077).toBe(0);
  });

  it('says once a minute how it goes, and of no verdict', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const log = writeLog(app, logs(), () => undefined);
    happen();
    vi.advanceTimersByTime(60_000);
    vi.useRealTimers();
    await log.close();
    const lines = (await readFile(join(logs(), 'maskwatch.log'), 'utf8')).trim().split('\n');
    const minute = lines.map((line) => JSON.parse(line) as object).find((line) => 'looks' in line);
    expect(Object.keys(minute!).sort()).toEqual(['latencyMs', 'level', 'looks', 'memoryMB', 'msg', 'time']);
    expect(minute).toMatchObject({ looks: 7, msg: 'minute' });
  });

  it('takes no more than its files, however much there is to say', async () => {
    const log = writeLog(app, logs(), () => undefined);
    for (let i = 0; i < 13_000; i++) {
      app.emit('fault', `${String(i)} ${'x'.repeat(1000)}`);
      // As in life, the disk is given time.
      if (i % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await log.close();
    const sizes = await Promise.all(
      (await readdir(logs())).map(async (name) => (await stat(join(logs(), name))).size),
    );
    expect(sizes.length).toBeLessThanOrEqual(10);
    expect(sizes.reduce((a, b) => a + b)).toBeLessThan(12e6);
    expect(await readFile(join(logs(), 'maskwatch.log'), 'utf8')).toContain('"ends"');
  });

  it('that cannot be written is said once, and stops nothing', async () => {
    await writeFile(logs(), 'a file where the folder should be');
    const faults: string[] = [];
    const log = writeLog(app, logs(), (message) => faults.push(message));
    await expect.poll(() => faults.length).toBe(1);
    happen();
    await log.close();
    expect(faults).toEqual([expect.stringContaining(`the log in ${logs()} cannot be written`)]);
  });
});
