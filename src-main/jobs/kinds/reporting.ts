/** How a training tells of itself as it goes: progress, a point of the curve an epoch, lines for the log. */
import type { CurvePoint, JobProgress } from '../../api';
import type { EpochReport, StepProgress } from '../../learn/fit-options';
import type { TrainOptions } from '../../learn/train-options';
import type { Site } from './site';

/** @param before epochs of the job that lie before this run's */
export const pointOf = (report: EpochReport, before = 0): CurvePoint => ({
  epoch: before + report.epoch + 1,
  trainLoss: report.trainLoss,
  trainAccuracy: report.trainAccuracy,
  validationLoss: report.validationLoss,
  balancedAccuracy: report.validation.balancedAccuracy,
  best: report.best,
  seconds: report.seconds,
});

/**
 * Tells of the run as it goes.
 * @param epochs of the whole job
 * @param before epochs of it that lie before the run that goes now
 */
export function reporting(
  { post }: Pick<Site, 'post'>,
  epochs: number,
  before: () => number = () => 0,
): TrainOptions['report'] {
  return {
    text: (line) => {
      post({ type: 'log', line });
    },
    onStep: (progress) => {
      post({ type: 'progress', progress: stepProgress(progress, epochs, before()) });
    },
    onEpoch: (report) => {
      const point = pointOf(report, before());
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

function stepProgress(run: StepProgress, epochs: number, before: number): JobProgress {
  const done = run.epoch + run.step / run.steps;
  // What comes after this run is taken to go as fast as it.
  const perEpoch = run.epochs > done ? run.secondsLeft / (run.epochs - done) : 0;
  return {
    phase: 'training',
    share: Math.min(1, (before + done) / epochs),
    secondsLeft: run.secondsLeft + perEpoch * Math.max(0, epochs - before - run.epochs),
    epoch: before + run.epoch + 1,
    epochs,
    step: run.step,
    loss: run.loss,
    imagesPerSecond: run.imagesPerSecond,
  };
}
