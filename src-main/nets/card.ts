/**
 * The card beside a model (`student.onnx` → `student.json`): what it takes, what it gives, what it was trained
 * on, how well it does and where it is weak. Whoever runs a model reads its card first.
 */
import * as v from 'valibot';
import { cardSchema, metricsSchema, type Metrics, type ModelCard, type Robustness } from '../api';
import { LARGEST, readWhole, reason } from '../files';

export { cardSchema, metricsSchema, type Metrics, type ModelCard, type Robustness };

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
    json = JSON.parse((await readWhole(path, LARGEST.card)).toString());
  } catch (error) {
    const { cause: why = error } = error as Error;
    throw new Error(`cannot read the model's card ${path}: ${reason(why)}`, { cause: error });
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

/** Whether a file is named as an eight-bit form is. */
export const isEightBit = (model: string): boolean => model.endsWith('.int8.onnx');
/** Where a model's eight-bit form lies, with a card of its own (`student.onnx` → `student.int8.onnx`). */
export const eightBitPath = (model: string): string => model.replace(/\.onnx$/, '') + '.int8.onnx';
