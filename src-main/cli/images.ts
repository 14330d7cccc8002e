/** Which image files a command line names: files as they are, folders with all that is in them. */
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';

const EXTENSIONS = new Set(['.jpg', '.jpeg', '.png', '.webp']);

/**
 * @param paths files (of any name) and folders (searched to any depth for .jpg, .jpeg, .png and .webp)
 * @returns files, a folder's in the order of their names
 * @throws Error naming the path that is not there, or the folder without images
 */
export async function imageFiles(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    const found = await stat(path).catch((error: unknown) => {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      throw new Error(missing ? `there is no ${path}` : `cannot read ${path}: ${(error as Error).message}`, {
        cause: error,
      });
    });
    if (!found.isDirectory()) {
      files.push(path);
      continue;
    }
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const images = entries
      .filter((entry) => !entry.isDirectory() && EXTENSIONS.has(extname(entry.name).toLowerCase()))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
    if (images.length === 0) throw new Error(`the folder ${path} holds no .jpg, .png or .webp image`);
    for (const image of images) files.push(image);
  }
  return files;
}
