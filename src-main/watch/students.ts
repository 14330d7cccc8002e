/**
 * Which of several students watches: the most accurate, as their cards have it, that keeps up with a camera on this
 * machine. Each is opened as it would run and timed; nothing is taken for granted of the machine.
 */
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type ModelCard, isEightBit, readCard } from '../nets/card';
import type { Choice } from './choice';
import { rateOf, TIMED_BATCH } from './self-test';

/** Pictures a second of a camera, and faces in each: a group at the door. While watching, pace.ts knows better. */
const CAMERA_RATE = 30;
const FACES = TIMED_BATCH;
/** Crops a face: it is judged as it is and mirrored (both-ways.ts). */
const WAYS = 2;
/** Most of its thread's time that classifying may take: a machine at the door has the detector to run as well. */
const SHARE = 1 / 3;
/** Crops a second that a student needs to keep up with such a camera. */
export const NEEDED_RATE = (CAMERA_RATE * FACES * WAYS) / SHARE;

/** Balanced accuracy on test pictures, all sets together; null where the card has none. */
export function accuracyOf({ metrics }: ModelCard): number | null {
  const test = metrics.filter(({ split }) => split === 'test');
  return (test.find(({ set }) => set === 'all') ?? test[0])?.balancedAccuracy ?? null;
}

/**
 * The students that lie beside a model: `student.onnx`, `student-large.onnx` and so on, without their eight-bit forms.
 * @returns their paths without the model's own
 */
export async function studentsBeside(model: string): Promise<string[]> {
  const folder = dirname(model);
  const files = await readdir(folder).catch(() => []);
  return files
    .filter((file) => /^student(-[^/]*)?\.onnx$/.test(file) && !isEightBit(file) && file !== basename(model))
    .sort()
    .map((file) => join(folder, file));
}

/** Of some students those with fewer parameters than a model. */
export async function lighterThan({ parameters }: ModelCard, students: readonly string[]): Promise<string[]> {
  const cards = await Promise.all(students.map((path) => readCard(path).catch(() => null)));
  return students.filter((_, i) => (cards[i]?.parameters ?? Infinity) < parameters);
}

/** A student that was opened, with why it and no other. */
export interface StudentChoice extends Choice {
  /** A sentence without full stop; null where there was nothing to choose. */
  why: string | null;
}

export const closeChoice = async ({ cpu, chosen }: Choice): Promise<void> => {
  // What failed may fail again when it is freed; it is gone either way.
  if (chosen !== cpu) await chosen.close().catch(() => undefined);
  await cpu.close();
};

const percent = (share: number | null): string =>
  share === null ? 'not measured' : `${(100 * share).toFixed(1)} %`;

/** @throws Error, with the student closed, when it does not run */
async function timed(choice: Choice): Promise<{ choice: Choice; rate: number }> {
  try {
    return { choice, rate: await rateOf(choice.chosen) };
  } catch (error) {
    await closeChoice(choice);
    throw error;
  }
}

/**
 * Opens the most accurate student that keeps up, or the fastest where none does. One that cannot be opened is left
 * out, and why is said; students that are refused are closed again.
 * @param models their paths; where only one is given it is opened and not timed
 * @param open opens a student on the provider and in the form that run it fastest
 * @throws Error of the first when none can be opened
 */
export async function chooseStudent(
  models: readonly string[],
  open: (model: string) => Promise<Choice>,
): Promise<StudentChoice> {
  if (models.length === 1) return { ...(await open(models[0]!)), why: null };
  const failed: string[] = [];
  let failure: unknown;
  const miss = (error: unknown) => {
    failure ??= error;
    failed.push((error as Error).message);
  };
  const students: { model: string; accuracy: number | null }[] = [];
  for (const model of models)
    await readCard(model).then((card) => students.push({ model, accuracy: accuracyOf(card) }), miss);
  // Sorting is stable: of equals, the one named first.
  students.sort((a, b) => (b.accuracy ?? 0) - (a.accuracy ?? 0));

  const slow: string[] = [];
  let fastest: { choice: Choice; rate: number; name: string } | null = null;
  for (const { model, accuracy } of students) {
    try {
      const { choice, rate } = await timed(await open(model));
      const name = basename(model, '.onnx');
      if (rate >= NEEDED_RATE) {
        if (fastest) await closeChoice(fastest.choice);
        const kept = `${name} (${percent(accuracy)} on test pictures) keeps up with ${Math.round(rate)} crops/s`;
        return { ...choice, why: [kept, ...slow, ...failed].join('; ') };
      }
      slow.push(`${name} (${percent(accuracy)}) does not: ${Math.round(rate)} of ${NEEDED_RATE} crops/s`);
      if (fastest && fastest.rate >= rate) await closeChoice(choice);
      else {
        if (fastest) await closeChoice(fastest.choice);
        fastest = { choice, rate, name };
      }
    } catch (error) {
      miss(error);
    }
  }
  if (!fastest) throw failure;
  const kept = `${fastest.name} is the fastest, and none keeps up here`;
  return { ...fastest.choice, why: [kept, ...slow, ...failed].join('; ') };
}
