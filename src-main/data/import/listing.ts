/** The files of a source, listed once and in one order, and what their names tell. */
import { readdir, stat } from 'node:fs/promises';
import { basename, extname, posix, sep } from 'node:path';
import type { Split } from '../folders';

export interface Listing {
  /** The source's folder. */
  dir: string;
  /** Paths below it with `/`, sorted. */
  files: string[];
}

const IMAGES = new Set(['.jpg', '.jpeg', '.png', '.webp']);
/** Pictures that nothing here reads. */
const OTHER_IMAGES = new Set(['.bmp', '.gif', '.tif', '.tiff', '.heic', '.avif']);

export const extension = (file: string): string => extname(file).toLowerCase();
export const isImage = (file: string): boolean => IMAGES.has(extension(file));
export const isOtherImage = (file: string): boolean => OTHER_IMAGES.has(extension(file));
export const stem = (file: string): string => basename(file, extname(file));

/** @throws Error when there is no such folder, or it holds no picture */
export async function list(dir: string): Promise<Listing> {
  const found = await stat(dir).catch(() => null);
  if (found === null) throw new Error(`there is no folder ${dir}`);
  if (!found.isDirectory()) throw new Error(`${dir} is not a folder`);
  const entries = await readdir(dir, { recursive: true });
  const files = entries
    .map((path) => (sep === '/' ? path : path.split(sep).join('/')))
    // What tools leave behind (.DS_Store, .git, __MACOSX) is nobody's data.
    .filter((path) => !/(^|\/)(\.|__MACOSX)/.test(path))
    .sort();
  if (!files.some(isImage)) throw new Error(`the folder ${dir} holds no .jpg, .png or .webp image`);
  return { dir, files };
}

const SPLIT_NAMES: Readonly<Record<string, Split>> = {
  train: 'train',
  training: 'train',
  val: 'val',
  valid: 'val',
  validation: 'val',
  test: 'test',
  testing: 'test',
};

/** The split that a folder of the path names, where one does. */
export function splitIn(file: string): Split | undefined {
  for (const part of posix.dirname(file).split('/')) {
    const split = SPLIT_NAMES[part.toLowerCase()];
    if (split !== undefined) return split;
  }
  return undefined;
}

/**
 * The photo that a whole photograph is: its path below the source, without extension and without what Roboflow adds
 * to the names of a photo's augmented copies (`friends_jpg.rf.0a1b….jpg`).
 */
export const sceneOf = (file: string): string =>
  file.replace(/\.[^./]+$/, '').replace(/\.rf\.[0-9a-z]+$/i, '');
