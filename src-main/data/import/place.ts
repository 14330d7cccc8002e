/**
 * The end of an import: its crops are divided into train, val and test and moved where training looks for them.
 * Broken off and done again it ends the same, because where a crop goes depends on the crops alone.
 */
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MASK_CLASSES, type MaskClass } from '../../api';
import type { Label, Sample, Split } from '../folders';
import { SPLITS } from '../folders';
import { findNearCopies, type NearCopyOptions } from '../near-copies';
import { splitByPhoto, type SplitOptions } from '../split';

/** A crop as it lies in the staging folder. */
export interface StagedCrop {
  /** Name of its file. */
  name: string;
  label: MaskClass;
  /** The photo, or person, that must stay in one split, among all sources. */
  photo: string;
  split?: Split;
}

export type PlacedCrop<C> = C & {
  /** Within the output folder: <split>/<class>/<name>. */
  file: string;
};

export interface Placement<C> {
  placed: Record<Split, PlacedCrop<C>[]>;
  /** Left out: of the source's own train (or val) split, and the same again as one in its test (or val) split. */
  leaks: C[];
}

/** Where each crop is by now: some may have been moved already. */
async function whereabouts(out: string, staging: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const folders = SPLITS.flatMap((split) => MASK_CLASSES.map((name) => join(out, split, name)));
  for (const folder of [...folders, staging])
    for (const name of await readdir(folder).catch(() => [])) found.set(name, join(folder, name));
  return found;
}

/**
 * Moves staged crops to OUT/<split>/<class>/, no photo and no near copy in two splits.
 * @throws Error naming a crop that is gone, or a folder that cannot be written
 */
export async function placeCrops<C extends StagedCrop>(
  crops: readonly C[],
  { out, staging, ...shares }: { out: string; staging: string } & Omit<SplitOptions, 'copies'>,
  options: NearCopyOptions = {},
): Promise<Placement<C>> {
  const found = await whereabouts(out, staging);
  const byFile = new Map<string, C>();
  const samples = crops.map((crop): Sample => {
    const file = found.get(crop.name);
    if (file === undefined)
      throw new Error(`the crop ${crop.name} is gone from ${out}: import into another folder`);
    byFile.set(file, crop);
    const label = MASK_CLASSES.indexOf(crop.label) as Label;
    return { file, label, set: 'import', photo: crop.photo, ...(crop.split && { split: crop.split }) };
  });
  const copies = await findNearCopies(samples, options);
  const division = splitByPhoto(samples, { ...shares, copies });
  const placement: Placement<C> = { placed: { train: [], val: [], test: [] }, leaks: [] };
  for (const split of SPLITS) {
    for (const label of MASK_CLASSES) await mkdir(join(out, split, label), { recursive: true });
    for (const { file: from } of division[split]) {
      const crop = byFile.get(from)!;
      const file = `${split}/${crop.label}/${crop.name}`;
      if (dirname(from) !== join(out, split, crop.label)) await rename(from, join(out, file));
      placement.placed[split].push({ ...crop, file });
    }
  }
  // Until the import's end they stay: gone, they could not be compared again.
  placement.leaks = division.leaks.map(({ file }) => byFile.get(file)!);
  return placement;
}

/** Removes the staging folder with the crops that were left out. */
export const clearStaging = (staging: string): Promise<void> => rm(staging, { recursive: true, force: true });
