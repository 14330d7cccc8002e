/** "Use what I reviewed": planned, begun, compared, promoted or refused, and its copies of faces gone afterwards. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { MASK_CLASSES, type RetrainPlan } from '../../src-main/api';
import { RetrainPlanner } from '../../src-main/jobs/plan';
import { copiesIn, removeCopies } from '../../src-main/jobs/log';
import { startNodeProcess } from '../../src-main/jobs/process';
import { whyWorse } from '../../src-main/learn/retrain';
import { metricsOf } from '../../src-main/learn/metrics';
import { ReviewStore } from '../../src-main/review/store';
import { openDatabase } from '../../src-main/store/database';
import { inState, jobThat, JobSite } from './site';

let site: JobSite;
beforeAll(async () => {
  site = await JobSite.make();
});
afterEach(() => {
  planner?.close();
  return site.closeHosts();
});
afterAll(() => site.remove());

const open = (): { store: ReviewStore; close: () => void } => {
  const { db } = openDatabase(join(site.folder, 'maskwatch.db'));
  return { store: new ReviewStore(db, site.folder, () => ({ on: true, days: 7 })), close: () => db.close() };
};

/** Keeps drawn faces, one a visit, and labels most of them by what they are. */
async function review(count: number, labelled: number): Promise<void> {
  const { store, close } = open();
  for (let i = 0; i < count; i++) {
    const name = MASK_CLASSES[i % 3]!;
    const id = store.keep({
      at: Date.now(),
      visit: `visit${String(i)}`,
      reason: 'unsure',
      model: 'student',
      quality: 1,
      probabilities: { correct: 0.4, incorrect: 0.3, none: 0.3 },
      png: await readFile(join(site.faces, name, `${name}${String(i)}.png`)),
      signature: Float32Array.of(1, 0),
    });
    if (i < labelled) store.label([id], name);
  }
  close();
}

/** @param works the share of its time that a job would work */
const plan = (works = 1): Promise<RetrainPlan> => {
  const { queue } = site.host();
  const { store, close } = open();
  const faces = store.reviewed();
  close();
  const parts = { queue, registry: site.registry, folder: site.folder, start: startNodeProcess };
  planner = new RetrainPlanner({ ...parts, faces: () => faces, works: () => works });
  return planner.plan();
};
let planner: RetrainPlanner | undefined;

it('says what is missing while there is too little to learn from', async () => {
  expect(await plan()).toMatchObject({
    missing: '6 faces with a label are needed, there are 0',
    seconds: null,
  });
  const { desk, queue } = site.host();
  const { id } = desk.functions().addJob({ kind: 'retrain' });
  expect((await jobThat(queue, id, inState('failed'))).fault).toMatch('6 faces with a label are needed');
});

it('learns from reviewed faces and compares on visits it did not learn from', async () => {
  await review(14, 12);
  const { desk, queue } = site.host();
  const before = await plan();
  expect(before).toMatchObject({ missing: null, unlabelled: 2, learn: { correct: 3 }, holdout: { none: 1 } });
  // The machine's speed is measured meanwhile.
  await vi.waitFor(() => expect(queue.rate('retrain shipped')).toBeGreaterThan(0), { timeout: 50_000 });
  const { seconds } = await plan();
  expect(seconds).toBeGreaterThan(10);
  // Ten seconds are for what is not training.
  expect((await plan(0.25)).seconds).toBeCloseTo(10 + 4 * (seconds! - 10), -1);

  const { id } = desk.functions().addJob({ kind: 'retrain', epochs: 1 });
  const { result } = await jobThat(queue, id, inState('done'));
  if (result?.kind !== 'retrain') throw new Error('no retraining');
  const { comparison } = result;
  expect(comparison).toMatchObject({ current: 'shipped', candidate: result.model, faces: 3, visits: 3 });
  expect(comparison.agreement.of).toBe(2);
  expect(comparison.before.n).toBe(3);
  const { entry, card } = await site.registry.detail(result.model);
  expect(entry).toMatchObject({ origin: 'retrain', parents: ['shipped'], refused: comparison.worse });
  expect(card.data.at(-1)).toMatchObject({ set: 'reviewed faces', images: 9 });
  expect(card.metrics).toMatchObject([{ split: 'holdout', n: 3 }]);
  expect(existsSync(copiesIn(site.folder, id))).toBe(false);
  // It learnt, if only a little: its weights are others.
  const [was, is] = await Promise.all(['shipped', result.model].map((m) => readFile(site.registry.path(m))));
  expect(is!.equals(was!)).toBe(false);
});

it('that was cancelled leaves no copy of a face behind', async () => {
  const { desk, queue } = site.host();
  const { id } = desk.functions().addJob({ kind: 'retrain', epochs: 500 });
  await jobThat(queue, id, ({ progress }) => progress?.phase === 'training');
  expect(existsSync(copiesIn(site.folder, id))).toBe(true);
  await desk.stop('retrain');
  expect(queue.get(id).state).toBe('cancelled');
  removeCopies(site.folder, Infinity);
  expect(existsSync(copiesIn(site.folder, id))).toBe(false);
});

it('may not be promoted when it is worse on any account of the holdout', () => {
  const answers = (...classes: number[]): Float32Array =>
    Float32Array.from(classes.flatMap((k) => [0, 1, 2].map((other) => (other === k ? 1 : 0))));
  const on = (...classes: number[]) => metricsOf(answers(...classes), [0, 0, 1, 2]);
  expect(whyWorse({ before: on(0, 0, 1, 1), after: on(0, 0, 1, 1) })).toBeNull();
  expect(whyWorse({ before: on(0, 0, 1, 1), after: on(0, 0, 1, 2) })).toBeNull();
  expect(whyWorse({ before: on(0, 0, 1, 1), after: on(0, 1, 1, 1) })).toBe(
    'on the faces kept for the comparison its balanced accuracy is 50.0 %, that of the current model 66.7 %',
  );
  expect(whyWorse({ before: on(0, 0, 2, 2), after: on(1, 1, 1, 2) })).toBe(
    'on the faces kept for the comparison its accuracy is 50.0 %, that of the current model 75.0 %',
  );
});
