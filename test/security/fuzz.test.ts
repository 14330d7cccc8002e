/**
 * 10,000 hostile messages to the whole app over a real line, others in each run: main answers or refuses each in a
 * sentence, touches nothing outside its folder, gives no byte of a file away, and still watches afterwards.
 */
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { mainArguments } from '../../src-main/api';
import { App } from '../../src-main/app';
import { SettingsStore } from '../../src-main/store/settings';
import { colourModel, testCard, writeModel } from '../watch/models';

const MESSAGES = 10_000;
/** Sent at once; then the app is asked whether it is there. */
const AT_ONCE = 500;
const SECRET = 'what-no-page-may-read-7391';

let folder: string;
let app: App;
let port: MessagePort;
const answers: unknown[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-fuzz-'));
  for (const name of ['app', 'outside', 'model']) await mkdir(join(folder, name));
  await writeFile(join(folder, 'outside', 'secret.json'), JSON.stringify({ name: SECRET, version: 2 }));
  await writeFile(join(folder, 'outside', `${SECRET}.onnx`), SECRET);
  app = await App.open({
    version: 'test',
    model: await writeModel(join(folder, 'model'), colourModel(32), testCard(32)),
    settings: await SettingsStore.open(join(folder, 'app', 'settings.json')),
    overrides: { provider: 'cpu' },
    source: { kind: 'camera', name: '' },
  });
  const { port1, port2 } = new MessageChannel();
  app.serve({
    post: (message) => {
      port1.postMessage(message);
    },
    on: (listener) => port1.on('message', listener),
    onClose: (listener) => port1.on('close', listener),
  });
  port = port2;
  port.on('message', (message) => answers.push(message));
});
afterAll(async () => {
  port.close();
  await app.close();
  await rm(folder, { recursive: true });
});

/** Every file outside the app's folder, with what shows that it was written. */
async function outside(): Promise<string[]> {
  const files = await readdir(folder, { recursive: true });
  const own = files.filter((name) => !/^app(\/|\\|$)/.test(name)).sort();
  return Promise.all(
    own.map(async (name) => {
      const { mtimeMs, size } = await stat(join(folder, name));
      return `${name} ${String(mtimeMs)} ${String(size)}`;
    }),
  );
}

/** Messages from noise to nearly right: real names, the fields that schemas know, paths that lead elsewhere. */
function hostileMessages(): fc.Arbitrary<unknown> {
  const secret = join(folder, 'outside', 'secret.json');
  const paths = [
    secret,
    '../outside/secret.json',
    '..\\outside\\secret.json',
    `file://${secret}`,
    '/etc/passwd',
    join(folder, 'outside'),
    `${secret}\0.onnx`,
    `${SECRET}.onnx`,
    `../outside/${SECRET}`,
    '\\\\host\\share',
    '%2e%2e%2foutside',
  ];
  const odd = [
    '',
    '__proto__',
    'constructor',
    'x'.repeat(5000),
    '🙂'.repeat(600),
    'NaN',
    '2026-01-01',
    'none',
    'cpu',
    'dataset',
    'train',
  ];
  const text = fc.oneof(fc.constantFrom(...paths, ...odd), fc.string());
  const number = fc.oneof(
    fc.constantFrom(0, -1, 1, 1e9, 2 ** 53, Number.NaN, Infinity),
    fc.integer(),
    fc.double(),
  );
  const keys = [
    'id',
    'kind',
    'data',
    'folder',
    'folders',
    'path',
    'model',
    'name',
    'width',
    'height',
    'time',
    'regions',
    'faces',
    'crops',
    'box',
    'score',
    'provider',
    'reach',
    'privacy',
    'review',
    'outputs',
    'webhook',
    'url',
    'languages',
    'from',
    'to',
    'state',
    'label',
    'message',
    'where',
    '__proto__',
    'constructor',
    'toJSON',
    'then',
  ];
  const value = fc.anything({
    key: fc.constantFrom(...keys),
    values: [text, number, fc.boolean(), fc.constant(null), fc.uint8Array({ maxLength: 64 })],
    maxDepth: 3,
    maxKeys: 6,
    withTypedArray: true,
    withMap: true,
    withDate: true,
    withBigInt: true,
  });
  const frame = fc.record(
    {
      id: fc.nat(),
      time: number,
      width: fc.constantFrom(640, 0, 1e9),
      height: fc.constant(480),
      regions: fc.oneof(fc.constant([[0, 0, 640, 480]]), value),
      faces: fc.oneof(
        fc.array(fc.record({ box: fc.tuple(number, number, number, number), score: number }), {
          maxLength: 70,
        }),
        value,
      ),
      crops: fc.oneof(fc.uint8Array({ maxLength: 100 }), value),
    },
    { requiredKeys: [] },
  );
  const args = fc.oneof(
    fc.array(fc.oneof(text, number, value, frame), { maxLength: 4 }),
    fc.constant([]),
    value,
  );
  const name = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...Object.keys(mainArguments)) },
    { weight: 1, arbitrary: text },
  );
  return fc.oneof(
    { weight: 8, arbitrary: fc.record({ t: fc.constant('q'), i: fc.string(), m: name, a: args }) },
    {
      weight: 1,
      arbitrary: fc.record({
        t: fc.constantFrom('q', 's', 'x'),
        i: value,
        m: value,
        a: value,
        r: value,
        e: value,
      }),
    },
    { weight: 1, arbitrary: value },
  );
}

async function isThere(id: string): Promise<unknown> {
  port.postMessage({ t: 'q', i: id, m: 'hello', a: [] });
  const mine = (): unknown => answers.find((answer) => (answer as { i?: string }).i === id);
  await expect.poll(mine, { timeout: 30_000, interval: 5 }).toBeTruthy();
  return mine();
}

it('gets through a flood of hostile messages without harm', async () => {
  const before = await outside();
  let sent = 0;
  while (sent < MESSAGES) {
    for (const message of fc.sample(hostileMessages(), AT_ONCE)) {
      try {
        port.postMessage(message);
        sent++;
      } catch {
        // What cannot be cloned cannot be sent by a page either.
      }
    }
    await isThere(`are you there ${String(sent)}`);
  }
  expect(await isThere('last')).toMatchObject({ r: { status: { version: 'test' } } });

  const refusals = (answers as { e?: { message: string } | null }[]).flatMap(({ e }) =>
    e === undefined || e === null ? [] : [e.message],
  );
  expect(refusals.length).toBeGreaterThan(MESSAGES / 4);
  for (const message of refusals) {
    expect(message).not.toMatch(/\n\s+at /);
    expect(message.length).toBeLessThan(6000);
  }
  // What main says was sent to it may be said back; what is in the file may not.
  const own = JSON.stringify(answers, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  );
  expect(own).not.toContain(`"name":"${SECRET}"`);
  expect(own).not.toContain(`\\"name\\":\\"${SECRET}\\"`);
  expect(await outside()).toEqual(before);
  expect(await readFile(join(folder, 'outside', 'secret.json'), 'utf8')).toContain(SECRET);
  // Whatever settings got through, the next start can use them.
  expect((await SettingsStore.open(join(folder, 'app', 'settings.json'))).notice).toBeNull();
}, 120_000);
