/** What came of a chain's stages, kept as chain.json in its folder: from it a stopped chain goes on, and is reported. */
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as v from 'valibot';
import { cardPath, readCard } from '../../nets/card';
import { readWhole, writeAtomic } from '../../files';
import type { EpochReport } from '../fit-options';
import type { Validated } from '../validation';
import { predictionsIn } from '../predictions';
import { factsIn } from '../run-facts';
import type { TrainResult } from '../train-options';
import { BEST } from './plan';
import type { Stage } from './stage';

/** A finished stage. */
export interface StageRecord extends Validated {
  stage: Stage;
  /** Of the run, in the chain's folder. */
  folder: string;
  /** The model's file in that. */
  model: string;
  /** Whether it became the best student so far. */
  kept: boolean;
}

const stage = v.custom<Stage>((one) => typeof one === 'object' && one !== null, 'a stage');
const recordSchema = v.object({
  version: v.literal(1),
  /** The network whose best run is looked for. */
  student: v.string(),
  stages: v.array(
    v.object({
      stage,
      folder: v.string(),
      model: v.string(),
      validation: v.object({ balancedAccuracy: v.number() }),
      validationLoss: v.number(),
      kept: v.boolean(),
    }),
  ),
  /** The stage that was begun and not finished. */
  begun: v.nullable(stage),
});
type Written = v.InferOutput<typeof recordSchema>;

/** Where a chain's folder keeps it. */
const recordIn = (out: string): string => join(out, 'chain.json');

async function read(out: string): Promise<Written | undefined> {
  const path = recordIn(out);
  if (!existsSync(path)) return undefined;
  try {
    return v.parse(recordSchema, JSON.parse((await readWhole(path)).toString()));
  } catch (error) {
    throw new Error(`${path} is damaged: ${(error as Error).message}; remove it to begin anew`, {
      cause: error,
    });
  }
}

/** Folders of the finished stages of a chain, in their order; undefined where the folder is no chain's. */
export async function stageFolders(out: string): Promise<string[] | undefined> {
  return (await read(out))?.stages.map(({ folder }) => join(out, folder));
}

export class ChainRecord {
  private constructor(
    private readonly out: string,
    private readonly written: Written,
  ) {}

  /**
   * @param planned the stages that are to be run
   * @param resume go on from what was done, where something was
   * @throws Error when what was done is of other stages
   */
  static async open(
    out: string,
    student: string,
    planned: readonly Stage[],
    resume: boolean,
  ): Promise<ChainRecord> {
    const found = resume ? await read(out) : undefined;
    const other = found?.stages.find(({ stage: done }, i) => !isDeepStrictEqual(done, plain(planned[i])));
    if (other || (found && found.student !== student))
      throw new Error(
        `${recordIn(out)} is of another chain${other ? `: its stage ${other.stage.name} is not the one asked for` : ''}; ` +
          'name another --out, or leave --resume out to begin anew',
      );
    return new ChainRecord(out, found ?? { version: 1, student, stages: [], begun: null });
  }

  get student(): string {
    return this.written.student;
  }

  get stages(): readonly StageRecord[] {
    return this.written.stages;
  }

  /** The best student so far. */
  get best(): StageRecord | undefined {
    return this.stages.findLast(({ kept }) => kept);
  }

  /** The file of a teacher: a finished stage's by its name, the best student's, or the file that was named. */
  modelOf(teacher: string): string {
    const found = teacher === BEST ? this.best : this.stages.find((done) => done.stage.name === teacher);
    return found ? join(this.out, found.folder, found.model) : teacher;
  }

  /** A stage begins. @returns whether it had been begun before, and goes on */
  async begin(begun: Stage): Promise<boolean> {
    const goesOn = isDeepStrictEqual(this.written.begun, plain(begun));
    this.written.begun = begun;
    await this.write();
    return goesOn;
  }

  /** A stage has ended; the best student's files are copied to the chain's folder. */
  async end(record: StageRecord): Promise<void> {
    this.written.stages.push({ ...record, model: basename(record.model) });
    this.written.begun = null;
    if (record.kept) {
      const from = join(this.out, record.folder);
      for (const file of [
        record.model,
        cardPath(record.model),
        factsIn(from),
        historyIn(from),
        predictionsIn(from),
      ])
        await writeAtomic(join(this.out, basename(file)), await readWhole(file));
    }
    // Last, so that what it says is true whenever the machine stops.
    await this.write();
  }

  /** The best student's run, as it lies in the chain's folder; undefined where no stage has made one. */
  async bestRun(): Promise<Omit<TrainResult, 'finished'> | undefined> {
    if (!this.best) return undefined;
    const model = join(this.out, this.best.model);
    const history = JSON.parse((await readWhole(historyIn(this.out))).toString()) as EpochReport[];
    return { model, card: await readCard(model), history };
  }

  private write(): Promise<void> {
    return writeAtomic(recordIn(this.out), Buffer.from(`${JSON.stringify(this.written, null, 2)}\n`));
  }
}

const historyIn = (folder: string): string => join(folder, 'history.json');

/** As it is read back. */
const plain = (one: Stage | undefined): unknown => one && JSON.parse(JSON.stringify(one));
