/**
 * What docs/privacy.md promises, of a run with default settings: verdicts are given, and no picture is written, no
 * packet leaves the machine, and nothing of the run is left but numbers. It runs in a network of its own that has a
 * way out which leads nowhere and counts what is sent by it (needs root on Linux).
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Database from 'libsql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src-main/pages';
import { shortFilm } from './film';

/** Loopback, and a way out: a wire whose other end nobody is at, and which counts what is sent by it. */
const NETWORK = `
  ip link set lo up
  ip link add out type veth peer name nowhere
  echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6 2>/dev/null || true
  ip addr add 10.99.99.2/24 dev out
  ip link set nowhere up
  ip link set out up
  ip route add default dev out`;

function canIsolate(): boolean {
  try {
    execFileSync('unshare', ['-n', 'sh', '-ec', NETWORK], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** How pictures begin: JPEG, PNG, GIF, WebP, BMP's are too short to tell. */
const isPicture = (bytes: Buffer): boolean =>
  /^(\xff\xd8\xff|\x89PNG|GIF8|RIFF[^]{4}WEBP)/.test(bytes.toString('latin1', 0, 12));

describe.skipIf(!canIsolate())('a run with default settings', () => {
  let folder: string;
  let child: ChildProcess;
  const lines: string[] = [];
  let ended: Promise<void>;
  beforeAll(async () => {
    const { path } = await shortFilm();
    folder = await mkdtemp(join(tmpdir(), 'maskwatch-privacy-'));
    for (const name of ['config', 'home', 'tmp', 'cache']) await mkdir(join(folder, name));
    const args = [
      join(projectRoot(), 'out', 'main', 'cli.js'),
      'monitor',
      '--headless',
      '--json',
      '--source',
      path,
    ];
    child = spawn('unshare', ['-n', 'sh', '-c', `${NETWORK}\nexec "$0" "$@"`, process.execPath, ...args], {
      env: {
        PATH: process.env['PATH'],
        HOME: join(folder, 'home'),
        XDG_CACHE_HOME: join(folder, 'cache'),
        TMPDIR: join(folder, 'tmp'),
        MASKWATCH_CONFIG: join(folder, 'config'),
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    ended = new Promise((resolve) =>
      child.once('close', () => {
        resolve();
      }),
    );
    await new Promise<void>((resolve, reject) => {
      child.once('close', () => {
        reject(new Error('it ended before it gave a verdict'));
      });
      createInterface({ input: child.stdout! }).on('line', (line) => {
        lines.push(line);
        if (lines.length === 2) resolve();
      });
    });
  }, 240_000);
  afterAll(async () => {
    child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  const files = async (): Promise<string[]> => {
    const entries = await readdir(folder, { recursive: true });
    const isFile = await Promise.all(
      entries.map((name) =>
        stat(join(folder, name)).then(
          (s) => s.isFile(),
          () => false,
        ),
      ),
    );
    return entries.filter((_, i) => isFile[i]).sort();
  };

  it('sent nothing off the machine, though it could have', async () => {
    expect(lines[0]).toContain('"type":"verdict"');
    const devices = await readFile(`/proc/${String(child.pid)}/net/dev`, 'utf8');
    const packetsOut = (name: string): number => {
      const fields = new RegExp(`^ *${name}: *(.*)$`, 'm').exec(devices)![1]!.split(/ +/);
      return Number(fields[9]);
    };
    // The page and main talk over loopback, so that what is counted here is what is sent.
    expect(packetsOut('lo')).toBeGreaterThan(10);
    expect(packetsOut('out')).toBe(0);
  });

  it('holds no connection and listens to nothing but loopback', async () => {
    const tables = await Promise.all(
      ['tcp', 'tcp6', 'udp', 'udp6'].map((name) =>
        readFile(`/proc/${String(child.pid)}/net/${name}`, 'utf8'),
      ),
    );
    const addresses = tables.flatMap((table) =>
      table
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.trim().split(/ +/)[1]!.split(':')[0]!),
    );
    expect(addresses.length).toBeGreaterThan(1);
    // 127.0.0.1 as Linux writes it, and ::1.
    for (const address of addresses) expect(address).toMatch(/^(0100007F|0{24}01000000)$/);
  });

  it('wrote no picture while it ran', async () => {
    for (const name of await files()) {
      const bytes = await readFile(join(folder, name)).catch(() => Buffer.alloc(0)); // Gone meanwhile.
      expect(isPicture(bytes), name).toBe(false);
    }
  });

  it('left numbers and nothing else', async () => {
    child.kill('SIGTERM');
    await ended;
    const left = (await files()).filter((name) => !/^(cache|home)\//.test(name));
    expect(
      left.filter(
        (name) => !/^config\/(maskwatch\.db(-wal|-shm)?|settings\.json|jobs\/runner\.lock)$/.test(name),
      ),
    ).toEqual([]);
    // The demo's films and Chromium's own caches hold no picture of a camera either.
    for (const name of await files()) expect(isPicture(await readFile(join(folder, name))), name).toBe(false);
    const db = new Database(join(folder, 'config', 'maskwatch.db'));
    const tables = db
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
      .all() as { name: string }[];
    const kept = tables.filter(
      ({ name }) => (db.prepare(`SELECT count(*) AS n FROM "${name}"`).get() as { n: number }).n > 0,
    );
    // Beside the counts only the time up to which single verdicts may be deleted: none was kept, so there is none yet.
    const released = db.prepare('SELECT before FROM retention').all();
    db.close();
    expect(released).toEqual([{ before: 0 }]);
    const names = kept.map(({ name }) => name);
    expect(names.filter((name) => !['intervals', 'retention'].includes(name))).toEqual([]);
  }, 60_000);
});
