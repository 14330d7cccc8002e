/** Reviewed faces as what is learnt from and compared by, and as copies that a job keeps while it runs. */
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as v from 'valibot';
import { MASK_CLASSES, noCounts, type Counts, type MaskClass, type RetrainLack } from '../api';
import type { Label, Sample } from '../data/folders';
import { writeAtomic } from '../files';
import type { ReviewedFace } from './store';

/** Name of the set that reviewed faces are, in cards and reports. */
export const REVIEWED = 'reviewed faces';

export interface ReviewSplit {
  learn: ReviewedFace[];
  holdout: ReviewedFace[];
  /** Nobody looked at these yet. */
  unlabelled: ReviewedFace[];
}

const isClass = (label: ReviewedFace['label']): label is MaskClass => label !== null && label !== 'skipped';

export function splitReviewed(faces: readonly ReviewedFace[]): ReviewSplit {
  const labelled = faces.filter(({ label }) => isClass(label));
  return {
    learn: labelled.filter(({ holdout }) => !holdout),
    holdout: labelled.filter(({ holdout }) => holdout),
    unlabelled: faces.filter(({ label }) => label === null),
  };
}

export function countsOf(faces: readonly ReviewedFace[]): Counts {
  const counts = noCounts();
  for (const { label } of faces) if (isClass(label)) counts[label]++;
  return counts;
}

/** Faces that must be there to be learnt from, and to compare by. */
const LEAST_LEARNT = 4;
const LEAST_HELD = 2;

/**
 * What is missing before anything can be learnt; null when nothing is.
 * @param learn faces with a class that are learnt from, and those kept for the comparison
 */
export function lackOf({ learn, holdout }: { learn: number; holdout: number }): RetrainLack | null {
  const more = LEAST_LEARNT + LEAST_HELD - learn - holdout;
  if (more > 0) return { why: 'labels', more };
  return holdout < LEAST_HELD || learn < LEAST_LEARNT ? { why: 'visits' } : null;
}

/** The same in a sentence. */
export function whatIsMissing({ learn, holdout }: ReviewSplit): string | null {
  const lack = lackOf({ learn: learn.length, holdout: holdout.length });
  switch (lack?.why) {
    case undefined:
      return null;
    case 'labels':
      return `${String(LEAST_LEARNT + LEAST_HELD)} faces with a label are needed, there are ${String(learn.length + holdout.length)}`;
    case 'visits':
      return 'faces of more visits are needed: some visits are learnt from, others are kept for the comparison';
  }
}

/** As the loader takes them. A face without a class has the network's guess, which nobody learns from. */
export const samplesOf = (faces: readonly ReviewedFace[], set: string): Sample[] =>
  faces.map(({ file, label, guess, visit }) => ({
    file,
    label: MASK_CLASSES.indexOf(isClass(label) ? label : guess) as Label,
    set,
    photo: visit,
  }));

const faceSchema = v.object({
  id: v.number(),
  visit: v.string(),
  label: v.nullable(v.picklist([...MASK_CLASSES, 'skipped'])),
  guess: v.picklist(MASK_CLASSES),
  holdout: v.boolean(),
  file: v.string(),
});

/**
 * Copies faces to a job's folder, so that it learns from the same ones when it is begun again; one that has them
 * already reads them back.
 */
export async function copiesOf(faces: readonly ReviewedFace[], folder: string): Promise<ReviewedFace[]> {
  const list = join(folder, 'faces.json');
  const known = await readFile(list, 'utf8').catch(() => null);
  if (known !== null) return v.parse(v.array(faceSchema), JSON.parse(known));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const copies = faces.map((face) => ({ ...face, file: join(folder, basename(face.file)) }));
  for (const [i, { file }] of faces.entries()) await copyFile(file, copies[i]!.file);
  await writeAtomic(list, Buffer.from(JSON.stringify(copies)));
  return copies;
}
