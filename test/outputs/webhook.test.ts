/** The webhook: what it tells, to a real server; what becomes of it when that server is away; and that it is off. */
import { createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isReadableOnTheWay, type DeskEvent, type Settings, type VerdictEvent } from '../../src-main/api';
import { OutputsDesk } from '../../src-main/outputs/desk';
import { Webhook } from '../../src-main/outputs/webhook';
import { saidOf } from '../../src-main/outputs/webhook-message';
import { recovered } from '../recovery';

/** What stands in the settings. */
type Wanted = Settings['outputs']['webhook'];
interface Heard {
  headers: IncomingHttpHeaders;
  raw: string;
  body: { type: string; sequence: number; door: string; run: string; data: Record<string, unknown> };
}

let server: Server;
let heard: Heard[];
/** What the server answers, one after the other; 204 after these. */
let answers: number[];
let url: string;

async function listen(port: number): Promise<void> {
  server = createServer((request, response) => {
    let raw = '';
    request.setEncoding('utf8').on('data', (part: string) => (raw += part));
    request.on('end', () => {
      heard.push({ headers: request.headers, raw, body: JSON.parse(raw) as Heard['body'] });
      response.writeHead(answers.shift() ?? 204, { location: `${url}elsewhere` }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
}

const gone = (): Promise<void> =>
  new Promise((resolve) => {
    server.closeAllConnections();
    server.close(() => {
      resolve();
    });
  });

beforeEach(async () => {
  heard = [];
  answers = [];
  await listen(0);
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
});
afterEach(gone);

const AT = '2026-11-25T08:00:00.000Z';
const verdict = (track: number, now: VerdictEvent['verdict'] = 'none'): VerdictEvent => ({
  type: 'verdict',
  at: AT,
  seconds: 1,
  track,
  verdict: now,
  before: null,
  probabilities: { correct: 0.1, incorrect: 0.1, none: 0.8 },
  looks: 5,
  box: [1234.5, 2, 3, 4],
  waitMs: 640.4,
});
const wanted = (more: Partial<Wanted> = {}): Wanted => ({
  on: true,
  url,
  verdicts: ['correct', 'incorrect', 'none'],
  door: 'East entrance',
  alive: false,
  ...more,
});

describe('a webhook', () => {
  let webhook: Webhook;
  let settings: Wanted;
  const notices: string[] = [];
  const open = (pace = { firstWait: 20, keep: 60_000 }, secret: string | null = null): Webhook =>
    (webhook = new Webhook({
      settings: () => settings,
      secret: () => secret,
      sender: () => ({ door: settings.door, run: 'run-1', maskwatch: '1.2.3' }),
      onChange: () => undefined,
      onNotice: (message) => notices.push(message),
      pace,
    }));
  const say = (track: number): void => {
    webhook.say(saidOf(verdict(track)), AT);
  };
  const faces = (): unknown[] => heard.map(({ body }) => body.data['face']);
  beforeEach(() => {
    notices.length = 0;
    settings = wanted();
  });
  afterEach(() => webhook.close());

  it('tells of verdicts in their order, with nothing of a face’s place or look', async () => {
    open();
    for (const track of [7, 8, 9]) say(track);
    await vi.waitFor(() => {
      expect(webhook.state).toMatchObject({ delivered: 3, waiting: 0, missed: 0 });
    });
    expect(faces()).toEqual([7, 8, 9]);
    expect(JSON.parse(heard[0]!.raw)).toEqual({
      type: 'verdict',
      timestamp: AT,
      version: 1,
      door: 'East entrance',
      run: 'run-1',
      maskwatch: '1.2.3',
      sequence: 1,
      data: {
        verdict: 'none',
        before: null,
        face: 7,
        probabilities: { correct: 0.1, incorrect: 0.1, none: 0.8 },
        waitMilliseconds: 640,
      },
    });
    expect(heard[0]!.raw).not.toContain('1234.5');
    expect(heard[0]!.headers).not.toHaveProperty('webhook-signature');
  });

  it('signs as Standard Webhooks says', async () => {
    const key = Buffer.alloc(24, 7);
    open(undefined, `whsec_${key.toString('base64')}`);
    say(1);
    await vi.waitFor(() => {
      expect(heard).toHaveLength(1);
    });
    const { headers, raw } = heard[0]!;
    const [id, time] = [String(headers['webhook-id']), String(headers['webhook-timestamp'])];
    const signature = createHmac('sha256', key).update(`${id}.${time}.${raw}`).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${signature}`);
    expect(Math.abs(Number(time) - Date.now() / 1000)).toBeLessThan(60);
  });

  it('tries again what may be taken later, as the same message, and keeps the order', async () => {
    open();
    answers = [500, 429];
    say(1);
    say(2);
    await vi.waitFor(() => {
      expect(webhook.state.delivered).toBe(2);
    });
    expect(faces()).toEqual([1, 1, 1, 2]);
    expect(new Set(heard.slice(0, 3).map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(notices).toEqual([]);
  });

  it('gives up what will never be taken, and follows to no other address', async () => {
    open();
    answers = [400, 302];
    for (const track of [1, 2, 3]) say(track);
    await vi.waitFor(() => {
      expect(webhook.state).toMatchObject({ delivered: 1, missed: 2, waiting: 0 });
    });
    expect(faces()).toEqual([1, 2, 3]);
  });

  it('waits for a machine that is away, says so once, and goes on when it is back', async () => {
    open();
    const { port } = server.address() as AddressInfo;
    await gone();
    say(1);
    await vi.waitFor(() => {
      expect(notices).toEqual([
        'the webhook does not take verdicts: nobody listens there; the watch goes on',
      ]);
    });
    expect(webhook.state.last).toMatchObject({ fault: 'nobody listens there' });
    const back = performance.now();
    await listen(port);
    await vi.waitFor(() => {
      expect(webhook.state).toMatchObject({ delivered: 1, waiting: 0, last: { fault: null } });
    });
    recovered('webhook’s address down, from its return', back);
    expect(notices).toHaveLength(1);
  });

  it('keeps no more than it may, and nothing that nobody should act on any more', async () => {
    answers = Array.from({ length: 1000 }, () => 503);
    open({ firstWait: 60_000, keep: 60_000 });
    for (let track = 0; track < 250; track++) say(track);
    expect(webhook.state).toMatchObject({ waiting: 200, missed: 50 });
    await webhook.close();

    open({ firstWait: 20, keep: 50 });
    say(1);
    await vi.waitFor(() => {
      expect(webhook.state).toMatchObject({ waiting: 0, missed: 1, delivered: 0 });
    });
  });

  it('opens no connection while it is off, and forgets what waited when it is turned off', async () => {
    settings = wanted({ on: false });
    open();
    say(1);
    expect(webhook.state.waiting).toBe(0);
    answers = [503, 503, 503, 503, 503];
    settings = wanted();
    say(2);
    await vi.waitFor(() => {
      expect(heard.length).toBeGreaterThan(0);
    });
    settings = wanted({ on: false });
    await vi.waitFor(() => {
      expect(webhook.state.waiting).toBe(0);
    });
    expect(faces()).not.toContain(1);
  });

  it('is tried by hand, on or not, and says what went wrong', async () => {
    settings = wanted({ on: false });
    open();
    expect(await webhook.test()).toBeNull();
    expect(heard[0]!.body.type).toBe('test');
    answers = [404];
    expect(await webhook.test()).toBe('it answered 404');
    await gone();
    // The connection that was open is found closed first.
    await vi.waitFor(async () => {
      expect(await webhook.test()).toBe('nobody listens there');
    });
    await listen(0);
    settings = wanted({ url: '' });
    expect(await webhook.test()).toBe('there is no web address');
  });
});

describe('outputs', () => {
  let folder: string;
  let desk: OutputsDesk | undefined;
  let events: DeskEvent[];
  let webhook: Wanted;
  const open = (): OutputsDesk =>
    (desk = new OutputsDesk({
      folder,
      version: '1.2.3',
      settings: () => ({ webhook }),
      notWatching: () => null,
      tell: (event) => events.push(event),
    }));
  const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'maskwatch-webhook-'));
    events = [];
    webhook = wanted({ verdicts: ['none'] });
  });
  afterEach(async () => {
    await desk?.close();
    await rm(folder, { recursive: true });
  });

  it('tell of the verdicts that are asked for, by the machine’s name where the door has none', async () => {
    webhook = wanted({ verdicts: ['none'], door: '' });
    open();
    desk!.settled(verdict(1, 'correct'));
    desk!.settled(verdict(2, 'none'));
    await vi.waitFor(() => {
      expect(heard).toHaveLength(1);
    });
    expect(heard[0]!.body).toMatchObject({ sequence: 1, data: { face: 2 } });
    expect(heard[0]!.body.door).not.toBe('');
    await vi.waitFor(() => {
      expect(events.at(-1)).toMatchObject({ type: 'webhook', webhook: { delivered: 1, signed: false } });
    });
  });

  it('keep the secret for themselves, also over a restart', async () => {
    const state = await open().functions().setWebhookSecret(secret);
    expect(state.signed).toBe(true);
    expect((await stat(join(folder, 'webhook.secret'))).mode & 0o077).toBe(0);
    expect(JSON.stringify([state, events])).not.toContain(secret);
    await desk!.close();
    expect((await open().functions().webhook()).signed).toBe(true);
    expect(await desk!.functions().testWebhook()).toBeNull();
    expect(heard[0]!.headers).toHaveProperty('webhook-signature');
    expect((await desk!.functions().setWebhookSecret(null)).signed).toBe(false);
    await expect(readFile(join(folder, 'webhook.secret'))).rejects.toThrow(/ENOENT/);
  });

  it('send nothing unsigned where the secret is there and cannot be used', async () => {
    await writeFile(join(folder, 'webhook.secret'), 'too short');
    open();
    desk!.settled(verdict(1));
    expect(await desk!.functions().testWebhook()).toContain('set it anew');
    expect(events).toContainEqual({
      type: 'notice',
      message: expect.stringContaining('webhook.secret') as string,
    });
    expect(heard).toEqual([]);
    await desk!.functions().setWebhookSecret(secret);
    desk!.settled(verdict(2));
    await vi.waitFor(() => {
      expect(heard).toHaveLength(1);
    });
  });
});

describe('an address', () => {
  it.each([
    ['http://door.example/x', true],
    ['http://192.168.1.4:8080/', true],
    ['https://door.example/x', false],
    ['http://127.0.0.1:9000/', false],
    ['http://localhost/', false],
    ['http://[::1]/', false],
    ['', false],
  ])('%s is readable on the way: %s', (address, readable) => {
    expect(isReadableOnTheWay(address)).toBe(readable);
  });
});
