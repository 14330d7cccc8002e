/**
 * The card beside a one-shot detector's model: what it takes, what it was trained on, how well it does by class and by
 * the faces' size, and where it is weak.
 */
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { cardFacts, normalisation, share as known } from '../api';

const share = v.nullable(known);
const byClass = v.object({ correct: share, incorrect: share, none: share });

const detectionMetricsSchema = v.object({
  scenes: v.number(),
  faces: v.record(v.string(), v.number()),
  ap50: byClass,
  map50: share,
  map50MaskNoMask: share,
  map: share,
  faceAp50: share,
  bySize: v.array(
    v.object({
      from: v.number(),
      to: v.nullable(v.number()),
      faces: v.number(),
      faceAp50: share,
      ap50: byClass,
    }),
  ),
});

export const detectorCardSchema = v.object({
  ...cardFacts,
  /** Input 1×3×H×W float32 of about size² pixels. */
  input: v.object({
    size: v.pipe(v.number(), v.integer(), v.minValue(96), v.maxValue(1280)),
    ...normalisation,
  }),
  metrics: v.array(v.object({ set: v.string(), split: v.string(), ...detectionMetricsSchema.entries })),
});
export type DetectorCard = v.InferOutput<typeof detectorCardSchema>;

/** The card's path for a model's path. */
export const detectorCardPath = (model: string): string => `${model.replace(/\.onnx$/, '')}.json`;

/**
 * Reads the card of a detector.
 * @param path of the card
 * @throws Error naming the card's file and what is wrong with it
 */
export async function readDetectorCard(path: string): Promise<DetectorCard> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new Error(`cannot read the detector's card ${path}: ${(error as Error).message}`, { cause: error });
  }
  const card = v.safeParse(detectorCardSchema, json);
  if (card.success) return card.output;
  const [issue] = card.issues;
  throw new Error(
    `the detector's card ${path} is not valid: ${v.getDotPath(issue) ?? 'card'}: ${issue.message}`,
  );
}
