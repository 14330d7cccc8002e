/** What the baselines take: the options of a training run that mean something to them. */
import type { TrainOptions } from '../train-options';

export type BaselineOptions = Pick<
  TrainOptions,
  | 'data'
  | 'unseen'
  | 'out'
  | 'about'
  | 'images'
  | 'seed'
  | 'threads'
  | 'workers'
  | 'signal'
  | 'command'
  | 'report'
> & {
  /** Folder of OpenCV's cascades, for `haar`. */
  cascades?: string;
};
