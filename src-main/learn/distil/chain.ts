/**
 * Chains: stages of training, each from the best student so far, kept where it is better than that on the validation
 * pictures (the article's "run distillation again"). Each stage is a run with a folder of its own; chain.json says what
 * came of them, and the best student lies in the chain's own folder.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MASK_CLASSES } from '../../api';
import { architectureOf } from '../../nets';
import { isBetter } from '../validation';
import { checkpointIn } from '../progress';
import { openData } from '../sets';
import type { TrainOptions, TrainResult } from '../train-options';
import { train } from '../train';
import { ChainRecord, type StageRecord } from './chain-record';
import { type DistilRecipe, asksNetwork, combine, readMethod } from './methods';
import { BEST, plan } from './plan';
import type { Stage } from './stage';
import { openTeacher, viewsFor } from './teacher';

/** A run's options, which stages take where they say nothing else. */
export type ChainOptions = Omit<TrainOptions, 'arch' | 'distil' | 'opened' | 'plain'> & {
  plain?: boolean;
  onStage?: (report: StageReport) => void;
};

/** Told as a stage begins, and as it ends. */
export interface StageReport {
  /** From 1. */
  number: number;
  of: number;
  stage: Stage;
  /** False where it is there to teach. */
  isStudent: boolean;
  /** What came of it; null as it begins. */
  record: StageRecord | null;
}

/** A stage with what its methods come to. */
interface Step {
  stage: Stage;
  recipe: DistilRecipe;
}

/** A stage's folder. */
const folderOf = (number: number, { name }: Stage): string => `${number}-${name}`;

/**
 * Runs a chain. The student is the last stage's network; stages that train another are there to teach.
 * @returns the best student, as it lies in the chain's folder
 * @throws Error naming the stage and what is wrong with it, before anything is trained where that can be known
 */
export async function runChain(options: ChainOptions, asked: readonly Stage[]): Promise<TrainResult> {
  const steps = await checked(options, plan(asked));
  const student = steps.at(-1)!.stage.student;
  const { out, resume, signal } = options;
  await mkdir(out, { recursive: true });
  const record = await ChainRecord.open(
    out,
    student,
    steps.map(({ stage }) => stage),
    resume,
  );
  const data = await openData(options);
  let last: TrainResult | undefined;
  for (const [i, step] of steps.entries()) {
    const { stage } = step;
    const isStudent = stage.student === student;
    const told = { number: i + 1, of: steps.length, stage, isStudent };
    const done = record.stages[i];
    if (done) {
      options.onStage?.({ ...told, record: done });
      continue;
    }
    if (signal.aborted) break;
    options.onStage?.({ ...told, record: null });
    const folder = folderOf(i + 1, stage);
    const goesOn = await record.begin(stage);
    if (!goesOn) await rm(checkpointIn(join(out, folder)), { force: true });
    const opened = { ...data, unlabelled: asksNetwork(step.recipe) ? data.unlabelled : [] };
    const best = record.best;
    try {
      last = await train({ ...stageOptions(options, step, record, i), opened, resume: goesOn });
    } catch (error) {
      if (signal.aborted && best) break;
      throw new Error(`stage ${stage.name}: ${(error as Error).message}`, { cause: error });
    }
    if (!last.finished) break;
    const epoch = last.history.findLast((one) => one.best)!;
    const { validationLoss, validation } = epoch;
    const kept = isStudent && isBetter(epoch, best);
    const { balancedAccuracy } = validation;
    const ended = {
      stage,
      folder,
      model: last.model,
      validationLoss,
      validation: { balancedAccuracy },
      kept,
    };
    await record.end(ended);
    options.onStage?.({ ...told, record: record.stages[i]! });
  }
  const finished = record.stages.length === steps.length;
  const whole = await record.bestRun();
  if (whole) return { ...whole, finished };
  if (last) return { ...last, finished };
  throw new Error('stopped before the first epoch was done; there is nothing to keep');
}

/** The options of a stage's run. */
function stageOptions(
  options: ChainOptions,
  { stage, recipe }: Step,
  record: ChainRecord,
  i: number,
): TrainOptions {
  const { unlabelled, from, rate, decay, ...run } = options;
  const { best } = record;
  const isStudent = stage.student === record.student;
  const begins = stage.begin === 'best' ? (best ? join(options.out, best.folder) : from) : undefined;
  return {
    ...run,
    // What was set for the student is not another network's recipe.
    ...(isStudent && rate !== undefined && { rate }),
    ...(isStudent && decay !== undefined && { decay }),
    // Other views, and other random weights, than the stage before had.
    seed: options.seed + i,
    ...stage.settings,
    ...(!isStudent && { about: { ...run.about, name: stage.name } }),
    arch: stage.student,
    out: join(options.out, folderOf(i + 1, stage)),
    distil: {
      teachers: stage.teachers.map((teacher) => record.modelOf(teacher)),
      peer: stage.peer ?? stage.student,
      recipe,
    },
    ...(unlabelled && asksNetwork(recipe) && { unlabelled }),
    // A stage of another network than the student has no best one to begin from.
    ...(begins !== undefined && isStudent && { from: begins }),
  };
}

/** Looks at all that can be known to be wrong before hours are spent on it. */
async function checked(options: ChainOptions, stages: readonly Stage[]): Promise<Step[]> {
  const student = stages.at(-1)!.student;
  const steps: Step[] = [];
  for (const [i, stage] of stages.entries()) {
    const { name, teachers, settings } = stage;
    try {
      const recipe = combine(stage.methods.map(readMethod));
      const { size } = await architectureOf(stage.student);
      if (recipe.needs.has('peer')) await architectureOf(stage.peer ?? stage.student);
      if (teachers.length > 0 && !recipe.needs.has('teacher'))
        throw new Error(
          `${recipe.pieces[0]!.name} asks no teacher: leave the teacher out, or name a method that follows it`,
        );
      if (teachers.length === 0 && recipe.needs.has('teacher'))
        throw new Error('distillation needs a teacher: name one with --teacher, or for the stage');
      if (teachers.includes(BEST) && !stages.slice(0, i).some((before) => before.student === student))
        throw new Error('there is no best student yet to be its teacher');
      const files = teachers.filter((teacher) => teacher.endsWith('.onnx'));
      if (files.length > 0) {
        const views = await viewsFor(settings.size ?? options.size ?? size, files);
        const { threads } = options;
        await (await openTeacher(files, { views, classes: MASK_CLASSES.length, threads })).release();
      }
      steps.push({ stage, recipe });
    } catch (error) {
      throw new Error(`stage ${name}: ${(error as Error).message}`, { cause: error });
    }
  }
  if (options.unlabelled && !steps.some(({ recipe }) => asksNetwork(recipe)))
    throw new Error('--unlabelled gives pictures to ask a teacher about, and no stage here asks one');
  return steps;
}
