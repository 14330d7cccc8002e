/**
 * Finds the Haar cascades of face, nose and mouth. They are no part of maskwatch: OpenCV's own data has the face's;
 * those of nose and mouth (Castrillón-Santana et al. 2007, BSD licence) come with Debian's node-opencv and npm's
 * `opencv`.
 */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '../../pages';

export const PARTS = ['face', 'nose', 'mouth'] as const;
export type Part = (typeof PARTS)[number];

const FILES: Record<Part, string> = {
  face: 'haarcascade_frontalface_alt2.xml',
  nose: 'haarcascade_mcs_nose.xml',
  mouth: 'haarcascade_mcs_mouth.xml',
};

/** Where npm and Debian put them. */
async function usualFolders(): Promise<string[]> {
  const libraries = await readdir('/usr/lib').catch(() => []);
  return [
    join(projectRoot(), 'node_modules', 'opencv', 'data'),
    '/usr/share/opencv4/haarcascades',
    '/usr/share/opencv/haarcascades',
    ...libraries.map((name) => join('/usr/lib', name, 'nodejs/opencv/data')),
  ];
}

/**
 * @param folder where they are; the usual places where none is named
 * @returns each cascade's XML
 * @throws Error naming the files that are in none of the places, and how to get them
 */
export async function readCascades(folder?: string): Promise<Record<Part, string>> {
  const folders = folder === undefined ? await usualFolders() : [folder];
  const found = { face: '', nose: '', mouth: '' };
  for (const part of PARTS)
    for (const place of folders)
      found[part] ||= await readFile(join(place, FILES[part]), 'utf8').catch(() => '');
  const missing = PARTS.filter((part) => found[part] === '');
  if (missing.length === 0) return found;
  throw new Error(
    `the Haar baseline needs ${missing.map((part) => FILES[part]).join(' and ')}, ` +
      `not found in ${folder ?? 'the usual places'}: \`npm i --no-save --ignore-scripts opencv@7.0.0\` brings them, ` +
      `or name their folder with --cascades`,
  );
}

/** Numbers a cascade consists of: those of its features, splits, leaves and stages. */
export const numbersInCascade = (xml: string): number =>
  (xml.replace(/<!--[\s\S]*?-->|<[^>]*>/g, ' ').match(/-?\d+(\.\d*)?(e[-+]?\d+)?/gi) ?? []).length;
