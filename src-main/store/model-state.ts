/**
 * Which model judges the live picture, which did before it, and what any did wrong: one small file, replaced whole,
 * so that at any moment either the one or the other is the current one.
 */
import { readFile, rename } from 'node:fs/promises';
import * as v from 'valibot';
import { modelIdSchema } from '../api';
import { takeLock } from './lock';
import { writeWhole } from './settings';

const stateSchema = v.object({
  version: v.literal(1),
  current: modelIdSchema,
  /** The last one first. */
  before: v.array(modelIdSchema),
  /** What a model did wrong when it last ran. */
  faults: v.record(v.string(), v.string()),
});
export type ModelState = v.InferOutput<typeof stateSchema>;

/** Milliseconds to wait for another process that changes it. */
const PATIENCE = 3000;

export class ModelStateFile {
  /** Changes, one after the other. */
  #writing: Promise<unknown> = Promise.resolve();

  /** @param otherwise the current model where the file says none */
  constructor(
    private readonly path: string,
    private readonly otherwise: string,
  ) {}

  async read(): Promise<ModelState> {
    try {
      return v.parse(stateSchema, JSON.parse(await readFile(this.path, 'utf8')));
    } catch (error) {
      // What cannot be used is set aside, to be looked at; the model that ships is always there.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        await rename(this.path, `${this.path}.broken`).catch(() => undefined);
      return { version: 1, current: this.otherwise, before: [], faults: {} };
    }
  }

  /** @throws Error when it cannot be written; then it is as it was */
  change(change: (state: ModelState) => ModelState): Promise<void> {
    const work = this.#writing.then(async () => {
      // The command line may change it beside an open maskwatch.
      const lock = await takeLock(`${this.path}.lock`, PATIENCE);
      try {
        await writeWhole(this.path, `${JSON.stringify(change(await this.read()), null, 1)}\n`);
      } finally {
        lock.release();
      }
    });
    this.#writing = work.catch(() => undefined);
    return work;
  }
}
