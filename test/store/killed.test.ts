/**
 * A main that is killed (SIGKILL) at random moments while it writes as fast as it can: what it said was written is there,
 * and the file is whole. MASKWATCH_KILLS sets how often; a few times are enough for every day.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { build } from 'vite';
import { projectRoot } from '../../src-main/pages';
import { openDatabase, single } from '../../src-main/store/database';

const KILLS = Number(process.env['MASKWATCH_KILLS'] ?? 6);

let folder: string;
beforeAll(async () => {
  // Beside the packages that it needs.
  const cache = join(projectRoot(), 'node_modules', '.cache');
  await mkdir(cache, { recursive: true });
  folder = await mkdtemp(join(cache, 'maskwatch-killed-'));
  await build({
    configFile: false,
    root: projectRoot(),
    logLevel: 'error',
    build: {
      ssr: 'test/store/writer.ts',
      outDir: folder,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: 'writer.mjs' } },
    },
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the writer for some milliseconds after its first writing, then kills it; gives the last number it said. */
async function writeAndDie(database: string, ms: number): Promise<number> {
  const child = spawn(process.execPath, [join(folder, 'writer.mjs'), database], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  const first = new Promise<void>((resolve, reject) => {
    child.once('exit', () => {
      reject(new Error('the writer ended by itself'));
    });
    child.stdout.on('data', (data: Buffer) => {
      said += data.toString();
      resolve();
    });
  });
  const closed = new Promise((resolve) => child.once('close', resolve));
  await first;
  await wait(ms);
  child.kill('SIGKILL');
  await closed;
  // A line may be cut off: then it was not said.
  return Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1));
}

it(
  `loses no visit that was written, in ${String(KILLS)} kills`,
  async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'maskwatch-killed-')), 'maskwatch.db');
    let acknowledged = 0;
    for (let i = 0; i < KILLS; i++) {
      acknowledged += await writeAndDie(path, Math.random() * 60);
      const { db, notice } = openDatabase(path);
      expect(notice).toBeNull();
      expect(single(db, 'PRAGMA integrity_check')).toBe('ok');
      const kept = Number(single(db, 'SELECT count(*) FROM verdicts'));
      const counted = Number(single(db, 'SELECT sum(correct) FROM intervals'));
      db.close();
      // More may have been written than could be said.
      expect(kept).toBeGreaterThanOrEqual(acknowledged);
      expect(counted).toBe(kept);
      acknowledged = kept;
    }
    expect(acknowledged).toBeGreaterThan(KILLS * 20);
    await rm(join(path, '..'), { recursive: true });
  },
  60_000 + KILLS * 10_000,
);
