/**
 * Jobs: work that takes minutes or hours and runs in a process of its own, one at a time, in the order they were
 * added. A job is data; what is checked here is all that it can ask for.
 */
import * as v from 'valibot';
import { metricsSchema, share, type Metrics } from './metrics';
import { MOST_STAGES, stageSchema } from './stages';
import { MASK_CLASSES, type Counts, type MaskClass } from './verdicts';

/** A path on the machine maskwatch runs on. */
const path = v.pipe(v.string(), v.trim(), v.minLength(1, 'a folder must be named'), v.maxLength(4096));
const folders = v.pipe(v.array(path), v.minLength(1, 'a folder must be named'), v.maxLength(32));
const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));
const id = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]{0,79}$/, 'not the name of a model'));
export const modelIdSchema = id;

const training = {
  /** Folders with correct/, incorrect/ and none/, or with train/, val/, test/ of these. */
  data: folders,
  /** What the model will be called; by default the network's name. */
  name: v.optional(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(80))),
  /** A network of ours by name. */
  network: v.optional(v.pipe(v.string(), v.maxLength(80)), 'student'),
  epochs: v.optional(whole(1, 1000), 30),
  /** Images in an epoch; 0 takes as many as there are to train on. */
  images: v.optional(whole(0, 10_000_000), 0),
  /** Side of the network's pictures in pixels; by default the network's own. */
  size: v.optional(whole(16, 512)),
  seed: v.optional(whole(0, 2 ** 31), 1),
};

export const jobSpecSchema = v.variant('kind', [
  /** Folders of photos or faces, in any of the forms that `maskwatch import` reads, to folders of labelled crops. */
  v.strictObject({ kind: v.literal('import'), sources: folders, out: path }),
  /** Masks of our own drawn on the bare faces of folders that are trained on (src-main/masks). */
  v.strictObject({
    kind: v.literal('synthesise'),
    data: folders,
    out: path,
    /** Bare faces to draw on, at most; each gets a mask twice, worn correctly and not. */
    faces: v.optional(whole(1, 10_000_000), 500),
    seed: v.optional(whole(0, 2 ** 31), 1),
  }),
  v.strictObject({ kind: v.literal('train'), ...training }),
  v.strictObject({
    kind: v.literal('distil'),
    ...training,
    /** Models of the registry, whose mean answer the network learns; none for methods that ask no teacher. */
    teachers: v.optional(v.pipe(v.array(id), v.maxLength(8)), []),
    /** Networks between teacher and student, each taught by the one before it. */
    assistants: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(80))), v.maxLength(8)), []),
    /** As `maskwatch distil --method` takes them; the usual one (vanilla) where there is none. */
    methods: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(200))), v.maxLength(12)), []),
    /** Stages, each from the best student so far; what one does not say is as in the job. */
    chain: v.optional(v.pipe(v.array(stageSchema), v.minLength(1), v.maxLength(MOST_STAGES))),
  }),
  v.strictObject({
    kind: v.literal('evaluate'),
    data: folders,
    model: id,
    split: v.optional(v.picklist(['all', 'train', 'val', 'test']), 'all'),
  }),
  /** The current model learns from the reviewed faces, itself its own teacher for all the others. */
  v.strictObject({ kind: v.literal('retrain'), epochs: v.optional(whole(1, 1000)) }),
]);
export type JobSpec = v.InferOutput<typeof jobSpecSchema>;
export type JobKind = JobSpec['kind'];
/** As it is asked for: what has a default may be left out. */
export type JobRequest = v.InferInput<typeof jobSpecSchema>;

/** `paused` keeps its place: nothing else runs until it goes on or is cancelled. */
export const JOB_STATES = ['queued', 'running', 'paused', 'done', 'failed', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** What may be asked of a job; what cannot be done to one in its state is an error that says so. */
export const JOB_ORDERS = ['pause', 'resume', 'cancel', 'retry', 'remove'] as const;
export type JobOrder = (typeof JOB_ORDERS)[number];

export interface JobProgress {
  /** What is being done, for people who want to know; shown as words of the page's language. */
  phase: 'preparing' | 'training' | 'validating' | 'measuring' | 'comparing' | 'importing' | 'drawing';
  /** Of the whole job, 0 to 1; null while it cannot be told. */
  share: number | null;
  secondsLeft: number | null;
  /** While it trains; epochs and steps count from 1. */
  epoch?: number;
  epochs?: number;
  step?: number;
  loss?: number;
  imagesPerSecond?: number;
  /** The share of its time that it works, above 0 and below 1: it gives way to the live picture. */
  pace?: number;
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** One finished epoch. */
export const curvePointSchema = v.object({
  /** Counts from 1. */
  epoch: count,
  trainLoss: v.number(),
  trainAccuracy: share,
  validationLoss: v.number(),
  balancedAccuracy: share,
  /** Whether its weights are the best so far. */
  best: v.boolean(),
  seconds: v.number(),
});
export type CurvePoint = v.InferOutput<typeof curvePointSchema>;

const probabilities = v.object({ correct: share, incorrect: share, none: share });

/** A face on which two models differ. */
const changedFaceSchema = v.object({
  /** Of the review queue (see `reviewCrops`); it may have expired meanwhile. */
  face: count,
  truth: v.picklist(MASK_CLASSES),
  before: probabilities,
  after: probabilities,
});
export type ChangedFace = v.InferOutput<typeof changedFaceSchema>;

/** Current model against candidate on the holdout: reviewed faces of visits that were not trained on. */
export const comparisonSchema = v.object({
  /** Ids in the registry. */
  current: id,
  candidate: id,
  /** Faces and visits in the holdout. */
  faces: count,
  visits: count,
  before: metricsSchema,
  after: metricsSchema,
  /** Of the kept faces that nobody labelled: how many both models judge alike, and of how many. */
  agreement: v.object({ same: count, of: count }),
  /** Every holdout face whose verdict changed; those that became wrong first. At most 200. */
  changed: v.pipe(v.array(changedFaceSchema), v.maxLength(200)),
  /** Why the candidate may not be promoted, in a sentence; null when it may. */
  worse: v.nullable(v.string()),
});
export type Comparison = v.InferOutput<typeof comparisonSchema>;

export type JobResult =
  | { kind: 'import'; out: string; crops: Counts; skipped: number }
  /** `folders`: what was made, a folder for each that it was made of. */
  | { kind: 'synthesise'; folders: string[]; pictures: Counts; skipped: number }
  | { kind: 'train' | 'distil'; model: string; metrics: Metrics | null }
  | { kind: 'evaluate'; metrics: Metrics }
  | { kind: 'retrain'; model: string; comparison: Comparison };

export interface Job {
  /** Counts up; never used again. */
  id: number;
  spec: JobSpec;
  state: JobState;
  /** ISO 8601. */
  added: string;
  began: string | null;
  ended: string | null;
  progress: JobProgress | null;
  /** Why it failed, in words; also set while a job waits to be tried again. */
  fault: string | null;
  result: JobResult | null;
  /** How often it was begun: more than 1 after a crash, a reboot or a retry. */
  attempts: number;
}

/** A part of a job's log. */
export interface LogPart {
  text: string;
  /** Where the next part begins, in bytes. */
  next: number;
}

/** What "use what I reviewed" would do, before it is begun. */
export interface RetrainPlan {
  /** Faces that will be learnt from, by what they were labelled, and those kept for the comparison. */
  learn: Counts;
  holdout: Counts;
  /** Kept faces without a label: they keep the old knowledge. */
  unlabelled: number;
  epochs: number;
  /** About how long on this machine, in seconds; null until its speed was measured (this is being done). */
  seconds: number | null;
  /** What is missing before it can be begun, in a sentence and as data; null when it can. */
  missing: string | null;
  lacks: RetrainLack | null;
}

/** Why nothing can be learnt from the reviewed faces yet. */
export type RetrainLack =
  /** So many more faces must have a label. */
  | { why: 'labels'; more: number }
  /** There are enough, but of too few visits to keep some for the comparison. */
  | { why: 'visits' };

/** What can be begun at once, and what is missing before it can. */
export interface Ready {
  /** `off`: the review queue is off and has nothing. */
  retrain: RetrainLack | { why: 'off' } | null;
  /** `data`: nothing here was imported, drawn or trained on, so that no folder of labelled faces is known. */
  distil: { why: 'data' } | null;
}

/** What a job may be asked for by name, with a line on each: the networks that can be trained here, and the methods. */
export interface JobChoices {
  networks: { name: string; about: string }[];
  /** How a network learns from another. */
  methods: { name: string; about: string }[];
}

/** What a folder of images holds, for choosing one. */
export interface FolderFacts {
  path: string;
  images: Record<MaskClass, number>;
  /** Whether it comes divided into train, val and test. */
  divided: boolean;
}

export const jobIdSchema = whole(1, Number.MAX_SAFE_INTEGER);
export const pathSchema = path;
export const noCounts = (): Counts => ({ correct: 0, incorrect: 0, none: 0 });
/** All faces of all classes. */
export const total = (counts: Counts): number => MASK_CLASSES.reduce((sum, name) => sum + counts[name], 0);
