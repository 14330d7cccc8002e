/** What a finished import says of itself: OUT/manifest.json, and OUT/crops.json, which training's reader takes photos from. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { MASK_CLASSES, type MaskClass } from '../../api';
import { writeAtomic } from '../../files';
import { SPLITS, type Split } from '../folders';
import type { WrittenCrop } from './journal';
import type { PlacedCrop, Placement, StagedCrop } from './place';
import { FORMATS } from './sources';

const counts = v.object({ correct: v.number(), incorrect: v.number(), none: v.number() });
const manifestSchema = v.object({
  version: v.literal(1),
  made: v.string(),
  /** What was asked for. */
  settings: v.record(v.string(), v.unknown()),
  /** Each source's format, as it was asked for or found out. */
  formats: v.array(v.object({ dir: v.string(), format: v.picklist(FORMATS) })),
  /** Crops of each split and class. */
  crops: v.object({ train: counts, val: counts, test: counts }),
  /** Labelled faces in photographs that the detector did not find. */
  missed: v.number(),
  /** What was not imported, and why. */
  skipped: v.array(v.object({ file: v.string(), reason: v.string() })),
});
export type Manifest = v.InferOutput<typeof manifestSchema>;

const fileIn = (out: string): string => join(out, 'manifest.json');

/**
 * @returns null where there is none: the import is not finished
 * @throws Error naming the file when it is damaged
 */
export async function readManifest(out: string): Promise<Manifest | null> {
  const text = await readFile(fileIn(out), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return v.parse(manifestSchema, JSON.parse(text));
  } catch (error) {
    throw new Error(`${fileIn(out)} is damaged: ${(error as Error).message}`, { cause: error });
  }
}

type Placed = Placement<StagedCrop & WrittenCrop & { from: string }>['placed'];

/** Writes both files; the manifest last, since it marks the import as finished. */
export async function writeManifest(
  out: string,
  facts: Pick<Manifest, 'settings' | 'formats' | 'missed' | 'skipped'>,
  placed: Placed,
): Promise<Manifest> {
  const lines = SPLITS.flatMap((split) => placed[split].map((crop) => JSON.stringify(listed(crop))));
  await writeAtomic(join(out, 'crops.json'), Buffer.from(`[\n${lines.join(',\n')}\n]\n`));
  const count = (split: Split): Record<MaskClass, number> => {
    const found = { correct: 0, incorrect: 0, none: 0 };
    for (const { label } of placed[split]) found[label] += 1;
    return found;
  };
  const manifest: Manifest = {
    version: 1,
    made: new Date().toISOString(),
    ...facts,
    crops: { train: count('train'), val: count('val'), test: count('test') },
  };
  await writeAtomic(fileIn(out), Buffer.from(`${JSON.stringify(manifest, null, 1)}\n`));
  return manifest;
}

const listed = ({
  file,
  photo,
  from,
  box,
  score,
  px,
}: PlacedCrop<StagedCrop & WrittenCrop & { from: string }>) => ({
  file,
  photo,
  from,
  ...(box && { box }),
  ...(score !== undefined && { score }),
  ...(px !== undefined && { px }),
});

/** Crops of each class in all splits. */
export const cropsByClass = ({ crops }: Manifest): Record<MaskClass, number> =>
  Object.fromEntries(
    MASK_CLASSES.map((label) => [label, SPLITS.reduce((sum, split) => sum + crops[split][label], 0)]),
  ) as Record<MaskClass, number>;
