/** What retraining from the reviewed faces would be, before it is begun: from what, for how long, or what is missing. */
import type { RetrainPlan } from '../api';
import { epochsFor, imagesFor } from '../learn/retrain';
import { countsOf, lackOf, splitReviewed, whatIsMissing } from '../review/dataset';
import type { ReviewedFace } from '../review/store';
import type { Registry } from '../store/registry';
import type { JobProcess, StartProcess } from './process';
import type { JobQueue } from './queue';
import { rateOf } from './kinds/rate';

export interface PlannerParts {
  queue: JobQueue;
  registry: Registry;
  /** For settings, models, jobs and review. */
  folder: string;
  start: StartProcess;
  /** The share of its time that a job begun now would work, 0 to 1. */
  works: () => number;
  /** The faces that are kept now. */
  faces: () => ReviewedFace[];
}

/** Seconds that a retraining takes beside its training: it starts, opens models, compares. */
const BESIDE = 10;

export class RetrainPlanner {
  /** The models whose speed is being measured, or could not be. */
  readonly #measuring = new Set<string>();
  readonly #processes = new Set<JobProcess>();

  constructor(private readonly parts: PlannerParts) {}

  close(): void {
    for (const process of this.#processes) process.kill();
    this.#processes.clear();
  }

  async plan(): Promise<RetrainPlan> {
    const { queue, registry, faces, works } = this.parts;
    const split = splitReviewed(faces());
    const all = split.learn.length + split.unlabelled.length;
    const epochs = epochsFor(all);
    const current = await registry.current();
    const rate = queue.rate(rateOf(current));
    if (rate === null) this.#measure(current);
    return {
      learn: countsOf(split.learn),
      holdout: countsOf(split.holdout),
      unlabelled: split.unlabelled.length,
      epochs,
      seconds: rate === null ? null : Math.ceil(BESIDE + imagesFor(all, epochs) / (rate * works())),
      missing: whatIsMissing(split),
      lacks: lackOf({ learn: split.learn.length, holdout: split.holdout.length }),
    };
  }

  /** Measures how fast a model is retrained here, in a process of its own, once. */
  #measure(model: string): void {
    const { queue, registry, folder, start } = this.parts;
    if (this.#measuring.has(model)) return;
    this.#measuring.add(model);
    const process = start();
    process.onMessage((message) => {
      if (message.type === 'rate' && this.#processes.has(process))
        queue.setRate(message.what, message.perSecond);
    });
    this.#processes.add(process);
    void process.ended.then(() => this.#processes.delete(process));
    process.post({ type: 'measure', task: { folder, shipped: registry.shipped } });
  }
}
