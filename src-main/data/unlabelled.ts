/** Pictures without labels: any folder of them, whatever its folders are called. */
import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { IMAGE, type Sample, type Unlabelled, photoOf, setNames } from './folders';
import { findNearCopies } from './near-copies';
import { apartFrom } from './split';

/**
 * Reads folders of pictures, deeper folders included; no picture is opened here.
 * @param dirs a folder given twice is read once
 * @returns samples labelled −1, in order of folder and name
 * @throws Error naming the folder that is missing or holds no picture
 */
export async function readPictures(dirs: readonly string[]): Promise<Unlabelled[]> {
  const unique = [...new Set(dirs.map((dir) => resolve(dir)))];
  const sets = setNames(unique);
  const samples: Unlabelled[] = [];
  for (const [i, dir] of unique.entries()) {
    const found = await stat(dir).catch(() => null);
    if (found === null) throw new Error(`there is no folder ${dir}`);
    if (!found.isDirectory()) throw new Error(`${dir} is not a folder`);
    const names = (await readdir(dir, { recursive: true })).filter((name) => IMAGE.test(name)).sort();
    if (names.length === 0) throw new Error(`${dir} has no images (.jpg, .png or .webp)`);
    for (const name of names)
      samples.push({ file: join(dir, name), label: -1, set: sets[i]!, photo: photoOf(basename(name)) });
  }
  return samples;
}

/**
 * The same without those that are of a photo, or are a near copy of one, that a network is to be judged by.
 * @param held samples that are never trained on
 * @throws Error as `readPictures` does, or naming the file that cannot be read
 */
export async function openUnlabelled(
  dirs: readonly string[],
  held: readonly Sample[],
): Promise<Unlabelled[]> {
  const samples = await readPictures(dirs);
  return apartFrom(held, samples, await findNearCopies([...held, ...samples]));
}
