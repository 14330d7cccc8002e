/** Cuts all pictures of an import into its staging folder, some at once; the journal notes each one that is done. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Crop, cutFace, cutScene, type FaceFinder } from './cut';
import type { Item } from './item';
import type { Journal, WrittenCrop } from './journal';
import { PatientFinder } from './patient-finder';

/** An item, with what it is known by among all sources. */
export interface Task {
  item: Item;
  /** What its crops' names begin with. */
  name: string;
  /** Its photo, or person, that must stay in one split. */
  photo: string;
  /** Whether the detector cuts it. */
  cut: boolean;
}

export interface CutAllOptions {
  staging: string;
  journal: Journal;
  side: number;
  openFinder: () => Promise<FaceFinder>;
  signal: AbortSignal;
  onProgress?: (progress: { doing: 'cutting'; done: number; of: number }) => void;
}

/** Pictures under way at once. */
const AT_ONCE = 4;

/**
 * Cuts what the journal does not have yet, and tries again what was skipped.
 * @throws Error when there is no detector, it keeps failing, or a file cannot be written
 */
export async function cutAll(tasks: readonly Task[], options: CutAllOptions): Promise<void> {
  const { journal, signal, onProgress } = options;
  const isDone = ({ item }: Task) => 'crops' in (journal.entries.get(item.file) ?? {});
  const left = tasks.filter((task) => !isDone(task));
  const finder = left.some(({ cut }) => cut) ? new PatientFinder(await options.openFinder()) : undefined;
  let done = tasks.length - left.length;
  let next = 0;
  const work = async () => {
    try {
      for (let task = left[next++]; task !== undefined && !signal.aborted; task = left[next++]) {
        await cutOne(task, options, task.cut ? finder : undefined);
        onProgress?.({ doing: 'cutting', done: ++done, of: tasks.length });
      }
    } catch (error) {
      next = left.length; // The others end with what they are at.
      throw error;
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
}

async function cutOne({ item, name }: Task, options: CutAllOptions, finder?: PatientFinder): Promise<void> {
  const { staging, journal, side } = options;
  let result: { crops: Crop[]; missed: number };
  try {
    if (item.kind === 'face')
      result = { crops: [await cutFace(item, { side, ...(finder && { finder }) })], missed: 0 };
    else result = await cutScene(item, { side, finder: finder! });
  } catch (error) {
    if (finder?.gaveUp) throw finder.gaveUp;
    await journal.add({ item: item.file, skipped: (error as Error).message });
    return;
  }
  const crops: WrittenCrop[] = [];
  for (const [k, { jpeg, ...crop }] of result.crops.entries()) {
    const file = join(staging, `${name}-${k}.jpg`);
    await writeFile(file, jpeg).catch((error: unknown) => {
      throw new Error(`cannot write ${file}: ${(error as Error).message}`, { cause: error });
    });
    crops.push({ name: `${name}-${k}.jpg`, ...crop });
  }
  await journal.add({ item: item.file, crops, missed: result.missed });
}
