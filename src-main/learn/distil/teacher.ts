/** The teacher: one trained classifier, or several whose logits are averaged. */
import { readCard } from '../../nets/card';
import { Predictor } from '../predictor';

export interface Teacher {
  /** @param images N×3×S×S, normalised @returns logits N×C */
  logits(images: Float32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

/**
 * Opens the teachers.
 * @param models paths of .onnx files with their cards
 * @param size side of the pictures they will see
 * @throws Error naming the model that cannot be loaded or takes other pictures
 */
export async function openTeacher(models: readonly string[], size: number, threads = 0): Promise<Teacher> {
  const predictors: Predictor[] = [];
  try {
    for (const model of models) {
      const { input } = await readCard(model);
      if (input.size !== size)
        throw new Error(
          `the teacher ${model} takes pictures of ${input.size} pixels, the student of ${size}`,
        );
      predictors.push(await Predictor.open(model, size, threads));
    }
  } catch (error) {
    await Promise.all(predictors.map((predictor) => predictor.release()));
    throw error;
  }
  return {
    async logits(images) {
      let sum: Float32Array | undefined;
      for (const predictor of predictors) {
        const logits = await predictor.logits(images);
        if (sum) for (let i = 0; i < sum.length; i++) sum[i]! += logits[i]!;
        else sum = logits.slice();
      }
      return sum!.map((value) => value / predictors.length);
    },
    async release() {
      await Promise.all(predictors.map((predictor) => predictor.release()));
    },
  };
}
