/** What each kind of job does, inside its process. */
import { join } from 'node:path';
import type { JobResult } from '../../api';
import { Registry } from '../../store/registry';
import type { Gate } from '../gate';
import { jobFolder } from '../log';
import type { Task } from '../messages';
import { evaluate } from './evaluate';
import { importFolders } from './import';
import { retrain } from './retrain';
import type { Site } from './site';
import { drawMasks } from './synthesise';
import { train } from './train';

/** @throws Error in words when it cannot be done */
export function work(task: Task, line: { post: Site['post']; gate: Gate }): Promise<JobResult> {
  const site: Site = {
    task,
    out: jobFolder(task.folder, task.job),
    registry: new Registry(join(task.folder, 'models'), task.shipped),
    ...line,
  };
  const { spec } = task;
  switch (spec.kind) {
    case 'import':
      return importFolders(spec, site);
    case 'synthesise':
      return drawMasks(spec, site);
    case 'train':
    case 'distil':
      return train(spec, site);
    case 'evaluate':
      return evaluate(spec, site);
    case 'retrain':
      return retrain(spec, site);
    default:
      return spec satisfies never;
  }
}
