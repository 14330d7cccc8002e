/** `maskwatch export`, the built command, on a real database. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../../src-main/store/database';
import { StatisticsStore } from '../../src-main/store/statistics';
import { finished } from '../e2e/command';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-export-'));
  const { db } = openDatabase(join(folder, 'maskwatch.db'));
  const store = new StatisticsStore(db);
  const at = Date.UTC(2026, 2, 5, 12, 0, 7);
  const visit = { id: 'a', began: at, at, waitMs: 1500, first: 'none' as const };
  store.count({ ...visit, verdict: 'none', before: null }, true);
  store.count({ ...visit, at: at + 4000, verdict: 'correct', before: 'none' }, true);
  store.flush();
  db.close();
});
afterAll(() => rm(folder, { recursive: true }));

it('writes intervals and single verdicts, as CSV and as JSON', async () => {
  const intervals = await finished(['export'], folder);
  expect(intervals.stdout).toEqual([
    'start,correct,incorrect,none,put_right,mean_wait_seconds,watched_seconds',
    '2026-03-05T12:00:00.000Z,1,0,0,1,1.50,0',
  ]);
  const single = await finished(
    ['export', '--single', '--json', '--from', '2026-03-01', '--to', '2026-03-31'],
    folder,
  );
  expect(single.stdout.map((line) => JSON.parse(line) as unknown)).toEqual([
    { at: '2026-03-05T12:00:07.000Z', verdict: 'none', before: null },
    { at: '2026-03-05T12:00:11.000Z', verdict: 'correct', before: 'none' },
  ]);
  expect((await finished(['export', '--single', '--to', '2026-03-01'], folder)).stdout).toEqual([
    'at,verdict,before',
  ]);
});

it('says what is wrong in a sentence', async () => {
  const wrong = await finished(['export', '--from', 'yesterday'], folder);
  expect([wrong.code, wrong.stderr.at(-1)]).toEqual([2, expect.stringContaining('--from yesterday')]);
  const none = await finished(['export'], join(folder, 'nowhere'));
  expect([none.code, none.stderr.at(-1)]).toEqual([1, expect.stringContaining('nothing to export yet')]);
});
