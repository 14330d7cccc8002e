/** The database over real files: kept, migrated, set aside when it cannot be used, never a reason to stop. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src-main/pages';
import { openDatabase, single } from '../../src-main/store/database';
import { recovered } from '../recovery';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-db-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('the database', () => {
  it('is made where there is none, with a write-ahead log, and is there the next time', () => {
    const path = join(folder, 'deep', 'maskwatch.db');
    const first = openDatabase(path);
    expect(first.notice).toBeNull();
    expect(single(first.db, 'PRAGMA journal_mode')).toBe('wal');
    first.db.prepare("INSERT INTO rates VALUES ('x', 2)").run();
    first.db.close();
    const second = openDatabase(path);
    expect(second.db.prepare('SELECT per_second FROM rates').pluck().all()).toEqual([2]);
    second.db.close();
  });

  it.each([
    ['is no database', Buffer.from('maskwatch '.repeat(1000))],
    ['was cut off', 'cut'],
    ['was written over in its middle', 'middle'],
    ['is another version', null],
  ])('that %s is set aside, and a new one is begun', async (_what, bytes) => {
    const path = join(folder, 'maskwatch.db');
    if (bytes === null) {
      const { db } = openDatabase(path);
      db.pragma('user_version = 99');
      db.close();
    } else if (bytes === 'cut' || bytes === 'middle') {
      const { db } = openDatabase(path);
      db.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
               INSERT INTO rates SELECT 'rate ' || i, 1 FROM n`);
      db.pragma('wal_checkpoint(TRUNCATE)');
      db.close();
      const whole = await readFile(path);
      if (bytes === 'cut') await writeFile(path, whole.subarray(0, whole.length - 8192));
      else await writeFile(path, whole.fill('x', 4096, whole.length - 4096));
    } else await writeFile(path, bytes);
    const opened = performance.now();
    const { db, notice } = openDatabase(path);
    recovered(`database that ${_what}, at the start`, opened);
    expect(notice).toMatch(/cannot be used .* it was set aside as .*broken-.*, and a new one begun/);
    db.prepare("INSERT INTO rates VALUES ('x', 2)").run();
    db.close();
    expect(
      (await readdir(folder)).filter((name) => /broken-[^-]*-\d\d-[^-]*-\d\d-[^-]*$/.test(name)),
    ).toHaveLength(1);
  });

  it('that another process has for itself for a second is waited for', async () => {
    const path = join(folder, 'maskwatch.db');
    const holder = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import Database from 'libsql';
         const db = new Database(process.argv[1]);
         db.pragma('locking_mode = EXCLUSIVE');
         db.pragma('journal_mode = WAL');
         db.exec('CREATE TABLE held (by TEXT)');
         console.log('held');
         setTimeout(() => db.close(), 1000);`,
        path,
      ],
      { cwd: projectRoot(), stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await new Promise((resolve) => holder.stdout.once('data', resolve));
    const began = performance.now();
    const { db, notice } = openDatabase(path);
    recovered('database locked for 1 s as it is opened', began);
    expect(notice).toBeNull();
    expect(single(db, 'SELECT count(*) FROM held')).toBe(0);
    // What watches waits no longer than half a second.
    expect(single(db, 'PRAGMA busy_timeout')).toBe(500);
    db.close();
  });

  it('that cannot be had is kept in memory, and says so', async () => {
    await writeFile(join(folder, 'file'), '');
    const { db, notice } = openDatabase(join(folder, 'file', 'maskwatch.db'));
    expect(notice).toContain('last only until maskwatch ends');
    db.prepare("INSERT INTO rates VALUES ('x', 2)").run();
    db.close();
  });
});
