/** The browser host's server over real sockets: who gets in, what is served, and what is refused. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Packr } from 'msgpackr';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startServer, type KioskServer } from '../../src-main/kiosk/server';
import type { Channel } from '../../src-main/rpc';

const run = promisify(execFile);
const packr = new Packr({ useRecords: false, moreTypes: false });

let folder: string;
let server: KioskServer;
let opened: [string, Channel][];
let refused: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-server-'));
  await mkdir(join(folder, 'pages', 'live'), { recursive: true });
  await writeFile(join(folder, 'pages', 'live', 'index.html'), '<!doctype html>the live page');
  await writeFile(join(folder, 'secret.txt'), 'secret');
  opened = [];
  refused = [];
  server = await startServer({
    folder: join(folder, 'pages'),
    onPage: (page, channel) => opened.push([page, channel]),
    onRefused: (reason) => refused.push(reason),
  });
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

interface Reply {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { host: '127.0.0.1', port: server.port, path, headers, method, agent: false },
      (response) => {
        let body = '';
        response.on('data', (data: Buffer) => (body += data.toString()));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

/** Opens a line; gives it, or the status that refused it. */
function line(query: string, headers: Record<string, string>, path = '/rpc'): Promise<WebSocket | number> {
  const socket = new WebSocket(`ws://127.0.0.1:${String(server.port)}${path}?${query}`, { headers });
  return new Promise((resolve, reject) => {
    socket.on('open', () => {
      resolve(socket);
    });
    socket.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode ?? 0);
    });
    socket.on('error', reject);
  });
}

describe('files', () => {
  it('are served to the address that was printed, and then to its cookie', async () => {
    const first = await get(`/live/?token=${server.token}`);
    expect(first).toMatchObject({ status: 200, body: '<!doctype html>the live page' });
    const cookie = String(first.headers['set-cookie']);
    expect(cookie).toMatch(/HttpOnly; SameSite=Strict/);
    expect((await get('/live/', { cookie: cookie.split(';')[0] ?? '' })).status).toBe(200);
  });

  it('are served to a ticket once, which never shows the token', async () => {
    const ticket = server.ticket('live').slice(server.origin.length);
    expect(ticket).not.toContain(server.token);
    const first = await get(ticket);
    expect([first.status, first.headers['location']]).toEqual([302, '/live/']);
    const cookie = String(first.headers['set-cookie']).split(';')[0] ?? '';
    expect((await get('/live/', { cookie })).status).toBe(200);
    expect((await get(ticket)).status).toBe(403);
    expect((await get('/live/?ticket=')).status).toBe(403);
  });

  it.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)(
    'are not served to another user who was quicker with the ticket (needs root on Linux)',
    async () => {
      const ticket = server.ticket('live');
      const ask = `const [url, family] = process.argv.slice(1);
        const host = family === '6' ? '::ffff:127.0.0.1' : '127.0.0.1';
        const { port, pathname, search } = new URL(url);
        require('node:http').get({ host, port, path: pathname + search, headers: { host: '127.0.0.1:' + port } },
          (response) => { console.log(response.statusCode); response.resume(); });`;
      const nobody = { uid: 65_534, gid: 65_534, cwd: '/' };
      for (const family of ['4', '6']) {
        const { stdout } = await run(process.execPath, ['-e', ask, ticket, family], nobody);
        expect(stdout).toBe('403\n');
      }
      expect(refused).toContain('a ticket in the hands of another user of this machine');
      // It is still the browser's.
      expect((await get(ticket.slice(server.origin.length))).status).toBe(302);
    },
  );

  it('are not served to a ticket that nobody came for, once there are eight younger ones', async () => {
    const [old, ...young] = Array.from({ length: 9 }, () =>
      server.ticket('live').slice(server.origin.length),
    );
    expect((await get(old!)).status).toBe(403);
    expect((await get(young[0]!)).status).toBe(302);
  });

  it('come with a policy that lets a page load and reach nothing but its own host', async () => {
    const { headers } = await get(`/live/?token=${server.token}`);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'self'; script-src 'self' 'wasm-unsafe-eval';");
    expect(policy).toContain(`connect-src 'self' ws://127.0.0.1:${String(server.port)};`);
    expect(policy).not.toMatch(/script-src[^;]*unsafe-inline|'unsafe-eval'|\*/);
    expect(headers['cross-origin-opener-policy']).toBe('same-origin');
  });

  it.each([
    ['no token', '/live/', {}],
    ['a wrong token', '/live/?token=00', {}],
    ['a token of the right length', `/live/?token=${'0'.repeat(48)}`, {}],
    ['a cookie of another port', '/live/', { cookie: 'maskwatch-1=TOKEN' }],
    ['a prefixed cookie', '/live/', { cookie: 'xmaskwatch-PORT=TOKEN' }],
    ['another host name (DNS rebinding)', '/live/?token=TOKEN', { host: 'evil.example:PORT' }],
    ['another origin', '/live/?token=TOKEN', { origin: 'http://evil.example' }],
    ['a null origin', '/live/?token=TOKEN', { origin: 'null' }],
  ])('are refused to %s', async (_why, path, headers: Record<string, string>) => {
    const fill = (text: string): string =>
      text.replace('TOKEN', server.token).replace('PORT', String(server.port));
    const filled = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fill(value)]));
    const reply = await get(fill(path), filled);
    expect(reply.status).toBe(403);
    expect(reply.body).not.toContain('live page');
    expect(refused).toHaveLength(1);
  });

  it('cannot be written', async () => {
    expect((await get(`/live/?token=${server.token}`, {}, 'POST')).status).toBe(403);
  });

  it.each([
    '/../secret.txt',
    '/live/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '//etc/passwd',
  ])('outside the folder cannot be reached by %s', async (path) => {
    const reply = await get(`${path}?token=${server.token}`);
    expect(reply.status).toBe(404);
    expect(reply.body).not.toContain('secret');
  });
});

describe('lines', () => {
  const own = (): Record<string, string> => ({ origin: server.origin });

  it('open for our own page with the token, and carry MessagePack both ways', async () => {
    const socket = await line(`page=live&token=${server.token}`, own());
    if (typeof socket === 'number') throw new Error(`refused with ${String(socket)}`);
    const [page, channel] = opened[0]!;
    expect(page).toBe('live');
    const arrived = new Promise((resolve) => {
      channel.on(resolve);
    });
    socket.send(packr.pack({ crops: new Uint8Array([1, 2, 3]) }));
    expect(await arrived).toMatchObject({ crops: Buffer.from([1, 2, 3]) });
    const answered = new Promise<Buffer>((resolve) => {
      socket.on('message', resolve);
    });
    channel.post({ hello: [1, 2] });
    expect(packr.unpack(await answered)).toEqual({ hello: [1, 2] });
    socket.close();
  });

  it.each([
    ['no token', 'page=live', { origin: 'OWN' }],
    ['a wrong token', 'page=live&token=1', { origin: 'OWN' }],
    ['no origin', 'page=live&token=TOKEN', {}],
    ['another origin', 'page=live&token=TOKEN', { origin: 'http://evil.example' }],
    ['another port’s origin', 'page=live&token=TOKEN', { origin: 'http://127.0.0.1:1' }],
    ['an unknown page', 'page=__proto__&token=TOKEN', { origin: 'OWN' }],
  ])('are refused with %s', async (_why, query, headers: Record<string, string>) => {
    const origin = headers['origin']?.replace('OWN', server.origin);
    const status = await line(query.replace('TOKEN', server.token), origin === undefined ? {} : { origin });
    expect(status).toBe(403);
    expect(opened).toEqual([]);
  });

  it.each([
    ['text', 'hello'],
    ['bytes that are not MessagePack', Buffer.from([0xc1, 0xff, 0x00])],
    ['a message cut short', Buffer.from([0x9f, 0x01])],
  ])('are closed on %s, and the server goes on', async (_what, data) => {
    const socket = await line(`page=live&token=${server.token}`, own());
    if (typeof socket === 'number') throw new Error(`refused with ${String(socket)}`);
    const messages: unknown[] = [];
    opened[0]![1].on((message) => messages.push(message));
    const code = new Promise((resolve) => {
      socket.on('close', resolve);
    });
    socket.send(data);
    expect(await code).toBe(1007);
    expect(messages).toEqual([]);
    expect((await get(`/live/?token=${server.token}`)).status).toBe(200);
  });

  it('are closed on a message beyond the limit', async () => {
    const socket = await line(`page=live&token=${server.token}`, own());
    if (typeof socket === 'number') throw new Error(`refused with ${String(socket)}`);
    opened[0]![1].on(() => undefined);
    const code = new Promise((resolve) => {
      socket.on('close', resolve);
    });
    socket.send(Buffer.alloc(65 * 1024 * 1024));
    expect(await code).toBe(1009);
    expect(refused.join()).toMatch(/broken line/);
  });

  it('survive raw rubbish on the socket', async () => {
    await new Promise<void>((resolve) => {
      const raw = connect(server.port, '127.0.0.1', () => {
        raw.write('GET /rpc HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\0\0\0');
      });
      raw.on('close', () => {
        resolve();
      });
      raw.on('error', () => undefined);
      raw.resume();
    });
    expect((await get(`/live/?token=${server.token}`)).status).toBe(200);
  });
});

it('says which port is taken', async () => {
  await expect(startServer({ port: server.port, folder, onPage: () => undefined })).rejects.toThrow(
    `port ${String(server.port)} is taken: choose another with --port`,
  );
});
