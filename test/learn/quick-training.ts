/** Options for training runs of seconds: the student at 32 pixels. */
import type { TrainOptions } from '../../src-main/learn/train-options';

export const quickTraining = (
  more: Partial<TrainOptions> & Pick<TrainOptions, 'data' | 'out'>,
): TrainOptions => ({
  arch: 'student',
  about: { licences: { drawn: 'CC0' } },
  epochs: 2,
  images: 64,
  batch: 16,
  scratch: false,
  rate: 2e-3,
  decay: 0.05,
  smoothing: 0.05,
  mixup: 0,
  size: 32,
  seed: 1,
  threads: 1,
  workers: 1,
  resume: false,
  signal: new AbortController().signal,
  command: 'maskwatch train',
  report: { text: () => undefined, onStep: () => undefined, onEpoch: () => undefined },
  ...more,
});
