/** Whoever has the token can still not bring main down or reach what is not offered: the real WebSocket line. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Packr } from 'msgpackr';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { App } from '../../src-main/app';
import { shippedModel } from '../../src-main/cli/options';
import { startServer, type KioskServer } from '../../src-main/kiosk/server';
import { SettingsStore } from '../../src-main/store/settings';

const packr = new Packr({ useRecords: false, moreTypes: false, structuredClone: false });
interface Answer {
  t: string;
  i: string;
  r?: unknown;
  e?: { message: string };
}

let folder: string;
let app: App;
let server: KioskServer;
const faults: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-e2e-'));
  app = await App.open({
    version: 'test',
    model: shippedModel(),
    settings: await SettingsStore.open(join(folder, 'settings.json')),
    overrides: { provider: 'cpu' },
    source: { kind: 'file', name: 'film.mjpeg' },
  });
  app.on('fault', (message) => faults.push(message));
  server = await startServer({
    onPage: (_, channel) => {
      app.serve(channel);
    },
    onRefused: (reason) => faults.push(reason),
  });
});
afterAll(async () => {
  await server.close();
  await app.close();
  await rm(folder, { recursive: true, force: true });
});

function connect(origin = server.origin, token = server.token): Promise<WebSocket> {
  const address = `ws://127.0.0.1:${String(server.port)}/rpc?page=live&token=${token}`;
  const socket = new WebSocket(address, { origin });
  return new Promise((resolve, reject) => {
    socket.once('open', () => {
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/** Asks and waits for the answer to it. */
async function ask(socket: WebSocket, name: string, ...args: unknown[]): Promise<Answer> {
  const id = Math.random().toString(36).slice(2);
  const answered = new Promise<Answer>((resolve) => {
    const listen = (data: Buffer): void => {
      const message = packr.unpack(data) as Answer;
      if (message.t !== 's' || message.i !== id) return;
      socket.off('message', listen);
      resolve(message);
    };
    socket.on('message', listen);
  });
  socket.send(packr.pack({ t: 'q', i: id, m: name, a: args }));
  return answered;
}

const frame = {
  id: 1,
  time: 1,
  width: 640,
  height: 480,
  regions: [[0, 0, 640, 480]],
  faces: [],
  crops: new Uint8Array(),
};
const face = { box: [1, 1, 10, 10], score: 0.9 };

describe('a hostile page', () => {
  it('is not let in from another site or without the token', async () => {
    await expect(connect('https://example.com')).rejects.toThrow('403');
    await expect(connect(server.origin, 'f'.repeat(48))).rejects.toThrow('403');
  });

  it('can call nothing but what is offered', async () => {
    const socket = await connect();
    for (const name of ['constructor', '__proto__', 'toString', 'close', '$close', 'eval', '']) {
      expect((await ask(socket, name)).e?.message).toContain('there is no function');
    }
    socket.close();
  });

  it('gets each wrong argument refused, and main goes on', async () => {
    const socket = await connect();
    const wrong: [string, ...unknown[]][] = [
      ['look'],
      ['look', null],
      ['look', { ...frame, width: -1 }],
      ['look', { ...frame, faces: [face] }],
      ['look', { ...frame, faces: Array.from({ length: 65 }, () => face) }],
      ['look', { ...frame, faces: [{ ...face, box: [0, 0, Infinity, 1] }], crops: new Uint8Array(10) }],
      ['look', { ...frame, extra: true }],
      ['changeSettings', { mirror: 'yes' }],
      ['changeSettings', { version: 2 }],
      ['changeSettings', JSON.parse('{"__proto__": {"mirror": true}, "surprise": 1}')],
      ['cameraChanged', { state: 'exploded', label: '', message: '' }],
      ['cameraChanged', { state: 'lost', label: 'x'.repeat(100_000), message: '' }],
      ['measured', { cameraFrames: NaN, frames: 1, seconds: 1, ages: [], detectMs: [] }],
      ['fault', { where: 'x', message: 5 }],
      ['hello', 'you'],
    ];
    for (const [name, ...args] of wrong) {
      const { e } = await ask(socket, name, ...args);
      expect(e?.message, `${name} ${JSON.stringify(args).slice(0, 80)}`).toBeTruthy();
      expect(e?.message).not.toMatch(/\bat .*:\d+/);
    }
    expect((await ask(socket, 'look', frame)).r).toMatchObject({ id: 1, tracks: [] });
    expect((await ask(socket, 'hello')).r).toMatchObject({ status: { version: 'test' } });
    socket.close();
  });

  it('loses its line for what is not MessagePack, and no one else does', async () => {
    const [bad, good] = [await connect(), await connect()];
    const closed = new Promise<number>((resolve) => bad.once('close', resolve));
    bad.send('{"t":"q"}');
    expect(await closed).toBe(1007);
    expect((await ask(good, 'hello')).r).toBeTruthy();
    good.close();
  });

  it('was noted for the log, each in a sentence', () => {
    expect(faults.some((fault) => fault.includes('https://example.com'))).toBe(true);
    expect(faults.some((fault) => fault.includes('look was called wrongly'))).toBe(true);
    expect(Math.max(...faults.map((fault) => fault.length))).toBeLessThan(600);
  });
});
