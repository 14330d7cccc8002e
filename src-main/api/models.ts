/** Models: the card beside each, and the registry's view of them. */
import * as v from 'valibot';
import type { Comparison, CurvePoint } from './jobs';
import { metricsSchema, share, type Metrics } from './metrics';
import { MASK_CLASSES } from './verdicts';

const three = v.pipe(v.array(v.number()), v.length(3));

/** Figures over one kind of pictures. */
const figures = {
  n: v.pipe(v.number(), v.integer(), v.minValue(0)),
  balancedAccuracy: share,
  /** Of each class; null where no picture is of it. */
  recall: v.record(v.string(), v.nullable(share)),
  ece: share,
};

/** How figures hold by kind of picture and under corruptions, on test pictures: `maskwatch evaluate` measures it. */
export const robustnessSchema = v.object({
  n: figures.n,
  /** Of the folders: `test`, or `all` of sets that nothing was trained on from. */
  split: v.string(),
  /** Of what is drawn: hands, noise. */
  seed: v.number(),
  whole: v.object(figures),
  /** `made`: all pictures, changed so; else those of the set that are so. */
  slices: v.array(v.object({ slice: v.string(), value: v.string(), made: v.boolean(), ...figures })),
  /** Strengths 1 to 5; empty where they were not measured. */
  corruptions: v.array(v.object({ corruption: v.string(), strength: v.number(), ...figures })),
});
export type Robustness = v.InferOutput<typeof robustnessSchema>;

/** What every model's card says, whatever the model does. */
export const cardFacts = {
  name: v.string(),
  architecture: v.string(),
  parameters: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** ISO date of training. */
  date: v.string(),
  classes: v.tuple([v.literal(MASK_CLASSES[0]), v.literal(MASK_CLASSES[1]), v.literal(MASK_CLASSES[2])]),
  data: v.array(v.object({ set: v.string(), images: v.number(), licence: v.string(), use: v.string() })),
  weaknesses: v.array(v.string()),
  /** What makes the model again. */
  commands: v.array(v.string()),
};

/** Pictures are RGB: (byte / 255 − mean) / std. */
export const normalisation = { mean: three, std: three };

export const cardSchema = v.object({
  ...cardFacts,
  /** Input N×3×size×size float32. */
  input: v.object({
    size: v.pipe(v.number(), v.integer(), v.minValue(16), v.maxValue(512)),
    ...normalisation,
  }),
  /** Margin on each side of the face's box, as a share of its longer side. */
  cropMargin: v.pipe(v.number(), v.minValue(0), v.maxValue(2)),
  /** Logits are divided by it before the softmax. */
  temperature: v.pipe(v.number(), v.minValue(0.05), v.maxValue(20)),
  /**
   * When it had better say that it is not sure: below this confidence more than one answer in four is wrong, on
   * validation pictures (learn/unsure.ts).
   */
  unsure: v.optional(
    v.object({
      below: v.pipe(v.number(), v.minValue(0.5), v.maxValue(0.95)),
      /** Shares: of the answers that are less sure; of the wrong among those, and among the others. */
      withheld: share,
      wrongBelow: v.nullable(share),
      wrongAbove: v.nullable(share),
    }),
  ),
  metrics: v.array(v.object({ set: v.string(), split: v.string(), ...metricsSchema.entries })),
  robustness: v.optional(robustnessSchema),
  /** Of a model rewritten to eight bits: from which file, and what that cost on pictures it was not calibrated on. */
  eightBit: v.optional(
    v.object({
      from: v.string(),
      /** SHA-256 of that file, in hexadecimal: made from another, it is not this model's eight-bit form. */
      fromHash: v.string(),
      calibratedOn: v.number(),
      /** Points of balanced accuracy lost, 0 to 1, on test pictures; below 0 where it gained. */
      lost: v.number(),
      /** Crops a second against the float model's, on the machine that made it. */
      speedup: v.number(),
    }),
  ),
});
export type ModelCard = v.InferOutput<typeof cardSchema>;

/** Where a model is from. */
export const MODEL_ORIGINS = ['shipped', 'imported', 'train', 'distil', 'retrain'] as const;
export type ModelOrigin = (typeof MODEL_ORIGINS)[number];

/** A model of the registry, as lists show it. */
export interface ModelEntry {
  /** Its folder's name. */
  id: string;
  name: string;
  origin: ModelOrigin;
  /** Whether it judges the live picture now. */
  current: boolean;
  /** When it was made or came, ISO 8601. */
  added: string;
  /** Ids of the models it was made from; they may be gone. */
  parents: string[];
  /** The job that made it. */
  job: number | null;
  parameters: number;
  /** Side of its pictures in pixels. */
  inputSize: number;
  /** Of the .onnx file. */
  bytes: number;
  /** On test pictures (for a retrained one: on the holdout); null when its card has none. */
  metrics: Metrics | null;
  /** Why it may not be promoted, in a sentence; null when it may. */
  refused: string | null;
  /** What it did wrong when it last ran, in a sentence; null when nothing. */
  fault: string | null;
}

export interface ModelList {
  /** Newest first, those that ship last. */
  models: ModelEntry[];
  /** The model that rolling back would bring; null when there is none before. */
  before: string | null;
}

/** All that is known of one model. */
export interface ModelDetail {
  entry: ModelEntry;
  card: ModelCard;
  /** What it was trained on: folders or review, with numbers of images. */
  data: { set: string; images: number; licence: string; use: string }[];
  curve: CurvePoint[];
  comparison: Comparison | null;
}
