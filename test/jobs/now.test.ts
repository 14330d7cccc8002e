/** What is begun at a press, and the job that draws masks, whose pictures it then trains on. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Job } from '../../src-main/api';
import { readImageFolders } from '../../src-main/data/folders';
import { distillationOf, foldersOfSite, readyFor } from '../../src-main/jobs/now';
import { cutBareFaces } from '../masks/bare-faces';
import { inState, jobThat, JobSite } from './site';

let site: JobSite;
let bare: string;
beforeAll(async () => {
  site = await JobSite.make();
  // A folder to train on needs all classes; only its bare faces are drawn on.
  bare = join(site.folder, 'door');
  await cutBareFaces(join(bare, 'train', 'none'), 3);
  for (const name of ['correct', 'incorrect']) await cutBareFaces(join(bare, 'train', name), 1);
}, 120_000);
afterAll(() => site.remove());

it('nothing is ready where nothing is', () => {
  const review = { on: false, kept: 0, learn: 0, holdout: 0 };
  expect(readyFor({ jobs: [], review })).toEqual({ retrain: { why: 'off' }, distil: { why: 'data' } });
  expect(readyFor({ jobs: [], review: { ...review, on: true, kept: 9, learn: 2 } }).retrain).toEqual({
    why: 'labels',
    more: 4,
  });
  expect(readyFor({ jobs: [], review: { on: true, kept: 9, learn: 3, holdout: 2 } }).retrain).toEqual({
    why: 'labels',
    more: 1,
  });
  expect(readyFor({ jobs: [], review: { on: true, kept: 9, learn: 8, holdout: 0 } }).retrain).toEqual({
    why: 'visits',
  });
  expect(readyFor({ jobs: [], review: { on: false, kept: 9, learn: 6, holdout: 2 } }).retrain).toBeNull();
});

it('masks are drawn by a job, beside the faces that they were drawn on, and a distillation takes both', async () => {
  const { desk, queue } = site.host();
  await expect(distillationOf(queue.list(), site.registry)).rejects.toThrow('import one first');
  const out = join(site.folder, 'made');
  const { id } = desk.functions().addJob({ kind: 'synthesise', data: [bare], out, faces: 2 });
  const { result, progress } = await jobThat(queue, id, inState('done'));
  expect(result).toMatchObject({ kind: 'synthesise', pictures: { correct: 2, incorrect: 2, none: 2 } });
  expect(progress).toMatchObject({ phase: 'drawing' });
  if (result?.kind !== 'synthesise') throw new Error('nothing was drawn');
  expect(result.folders).toEqual([join(out, 'door')]);
  const made = await readImageFolders(result.folders, { allowMissing: true });
  expect(made.map(({ split }) => split)).toEqual(Array.from({ length: 6 }, () => 'train'));
  expect(await readFile(join(out, 'manifest.json'), 'utf8')).toContain('"pictures"');

  // Again, as after a crash: what is there is not drawn anew.
  const again = desk.functions().addJob({ kind: 'synthesise', data: [bare], out, faces: 2 });
  expect((await jobThat(queue, again.id, inState('done'))).result).toEqual(result);

  expect(foldersOfSite(queue.list())).toEqual([bare, join(out, 'door')]);
  // A newer one whose folder is gone meanwhile tells of none.
  const [newest] = queue.list();
  if (newest?.spec.kind !== 'synthesise') throw new Error('the newest job draws masks');
  const nowhere = [join(site.folder, 'gone')];
  const gone: Job = { ...newest, spec: { ...newest.spec, data: nowhere }, result: null };
  expect(foldersOfSite([gone, ...queue.list()])).toEqual([bare, join(out, 'door')]);
  expect(await distillationOf(queue.list(), site.registry)).toEqual({
    kind: 'distil',
    data: [bare, join(out, 'door')],
    network: 'student',
    teachers: ['shipped'],
  });
}, 120_000);

it('masks for a folder without faces are refused in a sentence', async () => {
  const { desk, queue } = site.host();
  const empty = join(site.folder, 'empty');
  await mkdir(empty);
  const { id } = desk.functions().addJob({ kind: 'synthesise', data: [empty], out: join(site.folder, 'x') });
  expect((await jobThat(queue, id, inState('failed'))).fault).toContain(empty);
});
