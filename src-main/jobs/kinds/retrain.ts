/**
 * The job `retrain`: the current model learns from the reviewed faces and is compared with what it was, on faces of
 * visits that it did not learn from. A candidate that is worse there goes to the registry as one that may not be
 * promoted.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Comparison, CurvePoint, JobProgress, JobResult, JobSpec, Metrics } from '../../api';
import { writeAtomic } from '../../files';
import { agreementOf, answersOf, differences } from '../../learn/compare';
import { epochsFor, retrain as learnFrom, whyWorse } from '../../learn/retrain';
import { cardPath, readCard, type ModelCard } from '../../nets/card';
import { copiesOf, REVIEWED, samplesOf, splitReviewed, whatIsMissing } from '../../review/dataset';
import { keptFaces } from '../../review/store';
import { openDatabase } from '../../store/database';
import { copiesIn } from '../log';
import { rateOf } from './rate';
import { pointOf, reporting } from './reporting';
import type { Site } from './site';

type Spec = Extract<JobSpec, { kind: 'retrain' }>;

export async function retrain({ epochs: asked }: Spec, site: Site): Promise<JobResult> {
  const { registry, gate, post, task } = site;
  const tell = (phase: JobProgress['phase']): void => {
    post({ type: 'progress', progress: { phase, share: null, secondsLeft: null } });
  };
  tell('preparing');
  const faces = splitReviewed(await facesOf(site));
  const missing = whatIsMissing(faces);
  if (missing !== null) throw new Error(missing);
  const current = await registry.current();
  const path = registry.path(current);
  const card = await readCard(path);
  const all = faces.learn.length + faces.unlabelled.length;
  const epochs = asked ?? epochsFor(all);
  const report = reporting(site, epochs);
  let rate = 0;
  const { bytes, history } = await learnFrom({
    model: path,
    card,
    learn: samplesOf(faces.learn, REVIEWED),
    kept: samplesOf(faces.unlabelled, 'kept faces'),
    epochs,
    out: site.out,
    pace: (batches) => gate.through(batches),
    onEpoch: (epoch) => {
      report.onEpoch(epoch);
      post({ type: 'rate', what: rateOf(current), perSecond: rate });
    },
    onStep: (step) => {
      // What it would be if it worked all the time.
      rate = step.imagesPerSecond / (gate.share || 1);
      report.onStep(step);
    },
  });

  tell('comparing');
  await mkdir(site.out, { recursive: true });
  const model = join(site.out, 'retrained.onnx');
  await writeAtomic(model, bytes);
  const name = `retrained ${new Date().toISOString().slice(0, 10)}`;
  const draft = cardOf(card, name, faces.learn.length, task.job);
  await writeAtomic(cardPath(model), Buffer.from(JSON.stringify(draft)));
  const held = samplesOf(faces.holdout, REVIEWED);
  const ids = faces.holdout.map(({ id }) => id);
  const found = differences(held, ids, await answersOf(path, held), await answersOf(model, held));
  const rest = samplesOf(faces.unlabelled, REVIEWED);
  const comparison: Comparison = {
    current,
    candidate: registry.idFor(name, task.job),
    faces: faces.holdout.length,
    visits: new Set(faces.holdout.map(({ visit }) => visit)).size,
    ...found,
    agreement: agreementOf(await answersOf(path, rest), await answersOf(model, rest)),
    worse: whyWorse(found),
  };
  await writeAtomic(cardPath(model), Buffer.from(JSON.stringify(withMetrics(draft, comparison.after))));
  const curve: CurvePoint[] = history.map((report) => pointOf(report));
  const parents = [current];
  await registry.add({ model, name, origin: 'retrain', parents, job: task.job, curve, comparison });
  return { kind: 'retrain', model: comparison.candidate, comparison };
}

/** The kept faces as they were when the job was begun first. */
async function facesOf({ task }: Site) {
  const { db, notice } = openDatabase(join(task.folder, 'maskwatch.db'));
  try {
    if (notice !== null) throw new Error(notice);
    return await copiesOf(
      keptFaces(db, task.folder).filter(({ label }) => label !== 'skipped'),
      copiesIn(task.folder, task.job),
    );
  } finally {
    db.close();
  }
}

/** The card of what came of a model. Figures of the one before are not its own. */
function cardOf(card: ModelCard, name: string, images: number, job: number): ModelCard {
  const own = { set: REVIEWED, images, licence: 'of this site', use: 'retraining' };
  return {
    ...card,
    name,
    date: new Date().toISOString().slice(0, 10),
    data: [...card.data.filter(({ set }) => set !== REVIEWED), own],
    metrics: [],
    commands: [...card.commands, `job ${String(job)}: retrain`],
  };
}

const withMetrics = (card: ModelCard, after: Metrics): ModelCard => ({
  ...card,
  metrics: [{ set: REVIEWED, split: 'holdout', ...after }],
});
