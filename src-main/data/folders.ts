/**
 * Image folders: reads DIR/<class>/*.jpg (and the article's DIR/{train,val,test}/<class>/…) into samples, each
 * with the photo it was cut from. Looks at names only; no picture is opened here.
 */
import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import * as v from 'valibot';
import { MASK_CLASSES } from '../api';

export const SPLITS = ['train', 'val', 'test'] as const;
export type Split = (typeof SPLITS)[number];

/** Index in MASK_CLASSES. */
export type Label = 0 | 1 | 2;

/** One image of one face. */
export interface Sample {
  /** Absolute path. */
  file: string;
  label: Label;
  /** Name of the folder it was read from (with its parent's, where two folders share a name). */
  set: string;
  /** The photo it was cut from, unique within the set: samples of one photo belong in one split. */
  photo: string;
  /** Given where the folder comes divided into train, val and test. */
  split?: Split;
  /** Shorter side of the face in pixels of its photo, where a crops.json tells it. */
  facePixels?: number;
}

/** An image that nobody has labelled. */
export type Unlabelled = Omit<Sample, 'label'> & { label: -1 };

/** What a network is shown while it learns. */
export type Shown = Sample | Unlabelled;

export interface FolderOptions {
  /** Do without a class that no folder has (an evaluation may); at least one image there must be. */
  allowMissing?: boolean;
}

/** What the names of pictures end with. */
export const IMAGE = /\.(jpe?g|png|webp)$/i;

/**
 * The photo that a file was cut from, by its name alone: `<photo>_<k>` is the k-th crop of a photo when <photo>
 * looks like an identifier (five characters or more, one of them a digit) and k is a number of at most three
 * digits without leading zeros, as in `0190f7383e7d_12.jpg`. Anything else (`cloth_611`, `none_0944`) is a photo
 * of its own. Copies under unrelated names are for near-copies.ts to find.
 * @param name file name with its extension
 */
export function photoOf(name: string): string {
  const stem = name.replace(IMAGE, '');
  const match = /^(?=.*\d.*_\d+$)(.{5,})_(0|[1-9]\d{0,2})$/.exec(stem);
  return match === null ? stem : match[1]!;
}

const cropListSchema = v.array(
  v.object({ file: v.string(), photo: v.optional(v.string()), px: v.optional(v.number()) }),
);
/** What a crops.json says of one file. */
type Listed = Pick<v.InferOutput<typeof cropListSchema>[number], 'photo' | 'px'>;

/**
 * What a crops.json in `dir` or beside it says of dir's files, by absolute path. The photo it names counts only where
 * a file's name does not tell its photo: one photo's crops in two folders (annotated, and cut by the detector) must
 * have one key, and each folder's list may call the photo otherwise.
 */
async function listedCrops(dir: string): Promise<Map<string, Listed>> {
  const crops = new Map<string, Listed>();
  for (const folder of [dirname(dir), dir]) {
    const path = join(folder, 'crops.json');
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch {
      continue; // There need not be one.
    }
    let list: v.InferOutput<typeof cropListSchema>;
    try {
      list = v.parse(cropListSchema, JSON.parse(text));
    } catch (error) {
      const why = (error as Error).message;
      throw new Error(`${path} should be a list of {"file", "photo", "px"}: ${why}`, { cause: error });
    }
    for (const { file, ...listed } of list) {
      const path = resolve(folder, file);
      crops.set(path, { ...crops.get(path), ...listed });
    }
  }
  return crops;
}

async function subfolders(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map((entry) => entry.name)
    .sort();
}

/** The images of DIR/<class>/ for every class, deeper folders included, in order of their names. */
async function readClasses(dir: string, set: string, crops: Map<string, Listed>, split?: Split) {
  const samples: Sample[] = [];
  for (const [label, name] of MASK_CLASSES.entries()) {
    const folder = join(dir, name);
    const names = await readdir(folder, { recursive: true }).catch(() => []);
    for (const path of names.filter((path) => IMAGE.test(path)).sort()) {
      const file = join(folder, path);
      const named = photoOf(basename(path));
      const { photo: listed, px } = crops.get(file) ?? {};
      const isTold = named !== basename(path).replace(IMAGE, '');
      const photo = isTold ? named : (listed?.replace(IMAGE, '') ?? named);
      const more = { ...(split && { split }), ...(px !== undefined && { facePixels: px }) };
      samples.push({ file, label: label as Label, set, photo, ...more });
    }
  }
  return samples;
}

async function readFolder(dir: string, set: string): Promise<Sample[]> {
  const found = await stat(dir).catch(() => null);
  if (found === null) throw new Error(`there is no folder ${dir}`);
  if (!found.isDirectory()) throw new Error(`${dir} is not a folder`);
  const names = await subfolders(dir);
  const isClass = (name: string) => (MASK_CLASSES as readonly string[]).includes(name);
  const splits = SPLITS.filter((split) => names.includes(split));
  const crops = await listedCrops(dir);
  let samples: Sample[];
  if (names.some(isClass)) samples = await readClasses(dir, set, crops);
  else {
    if (splits.length === 0)
      throw new Error(`${dir} has no folder named ${MASK_CLASSES.join(', ')} (nor ${SPLITS.join(', ')})`);
    samples = [];
    for (const split of splits)
      samples = samples.concat(await readClasses(join(dir, split), set, crops, split));
  }
  if (samples.length === 0)
    throw new Error(`${dir} has no images (.jpg, .png or .webp) in its class folders`);
  return samples;
}

/** Each folder's name, with as many of its parents' as it takes to tell the folders apart. */
export function setNames(dirs: readonly string[]): string[] {
  return dirs.map((dir) => {
    const parts = dir.split(sep);
    for (let n = 1; n < parts.length; n++) {
      const name = parts.slice(-n).join('/');
      if (dirs.every((other) => other === dir || !`/${other.split(sep).join('/')}`.endsWith(`/${name}`)))
        return name;
    }
    return parts.join('/');
  });
}

/**
 * Reads datasets.
 * @param dirs folders, each DIR/<class>/… or DIR/{train,val,test}/<class>/…; a folder given twice is read once
 * @returns samples in order of folder, split, class and name
 * @throws Error for a folder that is missing, has no class folder or no image; for a class that no folder has
 */
export async function readImageFolders(dirs: string[], options: FolderOptions = {}): Promise<Sample[]> {
  const unique = [...new Set(dirs.map((dir) => resolve(dir)))];
  if (unique.length === 0) throw new Error('no data folder was given');
  const sets = setNames(unique);
  // Not pushed all at once: a hundred thousand arguments are more than a call takes.
  let samples: Sample[] = [];
  for (const [i, dir] of unique.entries()) samples = samples.concat(await readFolder(dir, sets[i]!));
  const missing = MASK_CLASSES.filter((_, label) => !samples.some((sample) => sample.label === label));
  if (missing.length > 0 && options.allowMissing !== true)
    throw new Error(
      `no image of class ${missing.join(' or ')} in ${unique.map((dir) => relative('.', dir) || '.').join(', ')}; ` +
        `expected a folder of that name`,
    );
  return samples;
}
