/** The jobs `train` and `distil`: a training run in the job's folder, and its model in the registry. */
import { join } from 'node:path';
import type { JobResult, JobSpec } from '../../api';
import { train as trainNetwork } from '../../learn/train';
import type { TrainOptions } from '../../learn/train-options';
import { namedArchitecture } from '../../nets';
import { mainMetrics } from '../../store/model-about';
import { distil } from './distil';
import { pointOf, reporting } from './reporting';
import type { Site } from './site';

type Spec = Extract<JobSpec, { kind: 'train' | 'distil' }>;

/** Runs it, from its checkpoint where it has one. */
export async function train(spec: Spec, site: Site): Promise<JobResult> {
  const { registry, post, task } = site;
  post({ type: 'progress', progress: { phase: 'preparing', share: null, secondsLeft: null } });
  const name = spec.name ?? namedArchitecture(spec.network).name;
  const { result, parents } =
    spec.kind === 'train'
      ? { result: await trainNetwork(optionsOf(spec, name, site)), parents: [] }
      : await distil(spec, name, site);
  const { model, card, history } = result;
  const curve = history.map((report) => pointOf(report));
  const id = await registry.add({ model, name, origin: spec.kind, parents, job: task.job, curve });
  return { kind: spec.kind, model: id, metrics: mainMetrics(card) };
}

/** What a training and a distillation have in common. */
export const optionsOf = (spec: Spec, name: string, site: Site): TrainOptions => ({
  arch: spec.network,
  data: spec.data,
  out: join(site.out, 'run'),
  about: { name },
  epochs: spec.epochs,
  images: spec.images,
  ...(spec.size !== undefined && { size: spec.size }),
  mixup: 0,
  seed: spec.seed,
  threads: 0,
  workers: 1,
  scratch: false,
  resume: true,
  signal: new AbortController().signal,
  command: `job ${String(site.task.job)}: ${JSON.stringify(spec)}`,
  pace: (batches) => site.gate.through(batches),
  report: reporting(site, spec.epochs),
});
