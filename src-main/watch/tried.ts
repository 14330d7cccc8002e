/** Opening a model for watching and trying it on a batch first: whoever lets a model in proves it here. */
import type { ProviderChoice } from '../api';
import type { ProviderMemory } from './open';
import { difference, selfTestCrops, TIMED_BATCH } from './self-test';
import { Student, type StudentOptions } from './student';

/** Largest difference to 1, and between two answers to the same faces. */
const ALIKE = 1e-3;
/** Nothing is known of providers, and nothing is kept. */
const NO_MEMORY: ProviderMemory = { failed: () => Infinity, restOf: () => 0 };

/**
 * Opens a model, or the best of several students, and tries it.
 * @param students paths of .onnx files
 * @throws Error in a sentence when it cannot be opened, or its answers are not what a classifier's must be
 */
export async function openTried(
  students: readonly string[],
  provider: ProviderChoice,
  more: Partial<Pick<StudentOptions, 'memory' | 'onChange' | 'onFault'>> = {},
): Promise<Student> {
  const nothing = (): void => undefined;
  const rest = { memory: NO_MEMORY, onChange: nothing, onFault: nothing };
  const student = await Student.open({ students, provider, ...rest, ...more });
  try {
    const { classifier } = student;
    const crops = selfTestCrops(classifier.card.input.size);
    const first = await classifier.classify(crops, TIMED_BATCH);
    const again = await classifier.classify(crops, TIMED_BATCH);
    const sums = first.map(({ correct, incorrect, none }) => correct + incorrect + none);
    if (first.length !== TIMED_BATCH || !sums.every((sum) => Math.abs(sum - 1) < ALIKE))
      throw new Error('its answers are no probabilities');
    if (difference(first, again) > ALIKE) throw new Error('it answers the same faces differently');
    return student;
  } catch (error) {
    await student.close();
    const why = (error as Error).message;
    throw new Error(`the model ${students[0]!} failed its self-test: ${why}`, { cause: error });
  }
}

/** Opens a model for nothing but whether it is good. Throws as `openTried` does. */
export const proveModel = async (model: string): Promise<void> => (await openTried([model], 'cpu')).close();
