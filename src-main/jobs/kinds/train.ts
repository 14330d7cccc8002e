/** The jobs `train` and `distil`: a training run in the job's folder, and its model in the registry. */
import { join } from 'node:path';
import type { CurvePoint, JobResult, JobSpec } from '../../api';
import { combine } from '../../learn/distil/methods';
import type { EpochReport, StepProgress } from '../../learn/fit';
import { train as trainNetwork, type TrainOptions } from '../../learn/train';
import { namedArchitecture } from '../../nets';
import { mainMetrics } from '../../store/model-about';
import type { Site } from '.';

type Spec = Extract<JobSpec, { kind: 'train' | 'distil' }>;

export const pointOf = (report: EpochReport): CurvePoint => ({
  epoch: report.epoch + 1,
  trainLoss: report.trainLoss,
  trainAccuracy: report.trainAccuracy,
  validationLoss: report.validationLoss,
  balancedAccuracy: report.validation.balancedAccuracy,
  best: report.best,
  seconds: report.seconds,
});

/** Tells of the run as it goes. */
export function reporting({ post }: Pick<Site, 'post'>, epochs: number): TrainOptions['report'] {
  return {
    text: (line) => {
      post({ type: 'log', line });
    },
    onStep: (progress) => {
      post({ type: 'progress', progress: stepProgress(progress, epochs) });
    },
    onEpoch: (report) => {
      const point = pointOf(report);
      post({ type: 'point', point });
      post({
        type: 'log',
        line:
          `epoch ${String(point.epoch)} of ${String(epochs)}: loss ${point.trainLoss.toFixed(4)}, validation ` +
          `${point.validationLoss.toFixed(4)}, balanced accuracy ${(100 * point.balancedAccuracy).toFixed(1)} %` +
          (point.best ? ' (best)' : ''),
      });
    },
  };
}

const stepProgress = (progress: StepProgress, epochs: number) => ({
  phase: 'training' as const,
  share: (progress.epoch * progress.steps + progress.step) / (epochs * progress.steps),
  secondsLeft: progress.secondsLeft,
  epoch: progress.epoch + 1,
  epochs,
  step: progress.step,
  loss: progress.loss,
  imagesPerSecond: progress.imagesPerSecond,
});

/** Runs it, from its checkpoint where it has one. */
export async function train(spec: Spec, site: Site): Promise<JobResult> {
  const { registry, gate, post, task } = site;
  const teachers = spec.kind === 'distil' ? await pathsOf(spec.teachers, site) : [];
  const architecture = namedArchitecture(spec.network);
  const name = spec.name ?? architecture.name;
  post({ type: 'progress', progress: { phase: 'preparing', share: null, secondsLeft: null } });
  const { model, card, history } = await trainNetwork({
    arch: spec.network,
    data: spec.data,
    out: join(site.out, 'run'),
    about: { name },
    epochs: spec.epochs,
    images: spec.images,
    ...(spec.size !== undefined && { size: spec.size }),
    ...(spec.kind === 'distil' && { distil: { teachers, peer: spec.network, recipe: combine([]) } }),
    mixup: 0,
    seed: spec.seed,
    threads: 0,
    workers: 1,
    scratch: false,
    resume: true,
    signal: new AbortController().signal,
    command: `job ${String(task.job)}: ${JSON.stringify(spec)}`,
    pace: (batches) => gate.through(batches),
    report: reporting(site, spec.epochs),
  });
  const id = await registry.add({
    model,
    name,
    origin: spec.kind,
    parents: spec.kind === 'distil' ? spec.teachers : [],
    job: task.job,
    curve: history.map(pointOf),
  });
  return { kind: spec.kind, model: id, metrics: mainMetrics(card) };
}

/** @throws Error naming the model that is not there */
async function pathsOf(ids: readonly string[], { registry }: Site): Promise<string[]> {
  for (const id of ids) if (!(await registry.has(id))) throw new Error(`there is no model ${id}`);
  return ids.map((id) => registry.path(id));
}
