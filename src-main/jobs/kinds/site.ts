/** Where a job works: its task, its folder, and its line to whoever runs it. */
import type { Registry } from '../../store/registry';
import type { Gate } from '../gate';
import type { FromJob, Task } from '../messages';

/** What a job has to work with. */
export interface Site {
  task: Task;
  /** The job's own folder: checkpoint and whatever it writes. */
  out: string;
  registry: Registry;
  gate: Gate;
  post: (message: FromJob) => void;
}
