/** What the runner and the process of a job say to each other. Both are ours; plain data that any line can carry. */
import type { CurvePoint, JobProgress, JobResult, JobSpec } from '../api';

/** What a process is begun with. */
export interface Task {
  job: number;
  spec: JobSpec;
  /** For settings, models, jobs and review. */
  folder: string;
  /** Path of the model that ships. */
  shipped: string;
}

export type ToJob =
  | { type: 'begin'; task: Task }
  /** No job: only measures how fast the current model would be retrained here. */
  | { type: 'measure'; task: Omit<Task, 'job' | 'spec'> }
  | { type: 'hold' }
  /** The share of its time that it may work, 0 to 1. */
  | { type: 'share'; share: number }
  | { type: 'goOn' };

export type FromJob =
  | { type: 'progress'; progress: JobProgress }
  | { type: 'point'; point: CurvePoint }
  /** A line for the log. */
  | { type: 'log'; line: string }
  /** How fast something goes on this machine, per second. */
  | { type: 'rate'; what: string; perSecond: number }
  | { type: 'done'; result: JobResult }
  /** What went wrong, in words. */
  | { type: 'failed'; fault: string };
