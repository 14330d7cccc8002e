/** Scenes as learning and evaluating take them: divided by photo just as the crops of the same photos are. */
import { basename, dirname, resolve } from 'node:path';
import type { Sample, Split } from '../../data/folders';
import { findNearCopies } from '../../data/near-copies';
import { type Scene, readScenes } from '../../data/scenes';
import { splitByPhoto } from '../../data/split';
import { DIVISION } from '../sets';

/** A scene and the set that it is of. */
export interface SetScene extends Scene {
  /** The folder's name, or its parent's where the folder is called `scenes`. */
  set: string;
}

/** Reads annotated scenes. @throws Error naming the folder or the entry that is wrong */
export async function openScenes(dirs: readonly string[]): Promise<SetScene[]> {
  const scenes: SetScene[] = [];
  for (const dir of dirs) {
    const folder = resolve(dir);
    const set = basename(folder) === 'scenes' ? basename(dirname(folder)) : basename(folder);
    scenes.push(...(await readScenes(folder)).map((scene) => ({ ...scene, set })));
  }
  return scenes;
}

/**
 * Divides scenes by photo, near copies together, the same way in every run.
 * @param crops faces cut from photos: a scene goes where the crops of its photo and of near copies of it go
 */
export async function divideScenes(
  scenes: readonly SetScene[],
  crops: readonly Sample[] = [],
): Promise<Record<Split, SetScene[]>> {
  // A scene stands for a sample; its label is not asked for.
  const asSamples = scenes.map(({ file, set, photo }): Sample => ({ file, set, photo, label: 0 }));
  const samples = [...crops, ...asSamples];
  const division = splitByPhoto(samples, { ...DIVISION, copies: await findNearCopies(samples) });
  const of = (split: Split): SetScene[] => {
    const files = new Set(division[split].map(({ file }) => file));
    return scenes.filter(({ file }) => files.has(file));
  };
  return { train: of('train'), val: of('val'), test: of('test') };
}
