/**
 * The card beside a model (`student.onnx` → `student.json`): what it takes, what it gives, what it was trained
 * on, how well it does and where it is weak. Whoever runs a model reads its card first.
 */
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { MASK_CLASSES } from '../api';

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const three = v.pipe(v.array(v.number()), v.length(3));

/** Metrics over one set, as `maskwatch evaluate` prints them. */
export const metricsSchema = v.object({
  n: v.pipe(v.number(), v.integer(), v.minValue(0)),
  accuracy: share,
  /** Mean of the recalls of the classes present. */
  balancedAccuracy: share,
  /** matrix[truth][prediction], counts. */
  confusion: v.object({ labels: v.array(v.string()), matrix: v.array(v.array(v.number())) }),
  perClass: v.record(
    v.string(),
    v.object({
      n: v.number(),
      precision: v.nullable(share),
      recall: v.nullable(share),
      f1: v.nullable(share),
    }),
  ),
  /** Expected calibration error over 15 equal bins of confidence. */
  ece: share,
});
export type Metrics = v.InferOutput<typeof metricsSchema>;

export const cardSchema = v.object({
  name: v.string(),
  architecture: v.string(),
  parameters: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** ISO date of training. */
  date: v.string(),
  classes: v.tuple([v.literal(MASK_CLASSES[0]), v.literal(MASK_CLASSES[1]), v.literal(MASK_CLASSES[2])]),
  /** Input N×3×size×size float32, RGB: (byte / 255 − mean) / std. */
  input: v.object({
    size: v.pipe(v.number(), v.integer(), v.minValue(16), v.maxValue(512)),
    mean: three,
    std: three,
  }),
  /** Margin on each side of the face's box, as a share of its longer side. */
  cropMargin: v.pipe(v.number(), v.minValue(0), v.maxValue(2)),
  /** Logits are divided by it before the softmax. */
  temperature: v.pipe(v.number(), v.minValue(0.05), v.maxValue(20)),
  data: v.array(v.object({ set: v.string(), images: v.number(), licence: v.string(), use: v.string() })),
  metrics: v.array(v.object({ set: v.string(), split: v.string(), ...metricsSchema.entries })),
  weaknesses: v.array(v.string()),
  commands: v.array(v.string()),
});
export type ModelCard = v.InferOutput<typeof cardSchema>;

/** The card's path for a model's path (an .onnx file, or the Haar baseline's .cascades). */
export const cardPath = (model: string): string => model.replace(/\.(onnx|cascades)$/, '') + '.json';

/**
 * Reads the card of a model.
 * @param model path of the .onnx file
 * @throws Error naming the card's file and what is wrong with it
 */
export async function readCard(model: string): Promise<ModelCard> {
  const path = cardPath(model);
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new Error(`cannot read the model's card ${path}: ${(error as Error).message}`, { cause: error });
  }
  const result = v.safeParse(cardSchema, json);
  if (!result.success) {
    const issue = result.issues[0];
    throw new Error(
      `the model's card ${path} is not valid: ${v.getDotPath(issue) ?? 'card'}: ${issue.message}`,
    );
  }
  return result.output;
}
