/**
 * YOLO annotations: a text file a photograph, a line a face: class number, then the box's centre and sides as
 * shares of the photo. What the numbers mean stands in data.yaml, classes.txt or a .names file.
 */
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import * as v from 'valibot';
import { readWhole } from '../../files';
import type { SceneFace } from '../scenes';
import type { ClassMap } from './class-names';
import type { Contents } from './item';
import { extension, isImage, type Listing, sceneOf, splitIn } from './listing';

/** Bytes of a file of labels, or of names. */
const LARGEST = 1_000_000;

const namesSchema = v.object({
  names: v.union([v.array(v.string()), v.record(v.pipe(v.string(), v.digits()), v.string())]),
});

/** A list of classes by its file's name. */
export const isNames = (file: string): boolean =>
  /^(data|dataset)\.ya?ml$|^(classes|obj|_darknet|names)\.(txt|names|labels)$|\.names$/i.test(basename(file));

/**
 * Reads the names of classes.
 * @returns number → name
 * @throws Error naming the file
 */
export function readNames(text: string, file: string): Map<string, string> {
  if (!/\.ya?ml$/i.test(file)) {
    const lines = text.split(/\r?\n/).map((line) => line.trim());
    return new Map(lines.flatMap((name, i) => (name === '' ? [] : [[String(i), name] as const])));
  }
  try {
    const { names } = v.parse(namesSchema, parse(text, { maxAliasCount: 10 }));
    return new Map(Array.isArray(names) ? names.map((name, i) => [String(i), name]) : Object.entries(names));
  } catch (error) {
    throw new Error(`${file} has no list of class names: ${(error as Error).message}`, { cause: error });
  }
}

/** Reads one file of labels. @throws Error naming the line that is wrong */
export function readLabels(
  text: string,
  file: string,
  names: ReadonlyMap<string, string>,
  classes: ClassMap,
): SceneFace[] {
  return text.split(/\r?\n/).flatMap((line, i): SceneFace[] => {
    const parts = line.trim().split(/\s+/);
    if (parts[0] === '') return [];
    const [x, y, width, height] = parts.slice(1).map(Number) as [number, number, number, number];
    const share = (value: number) => value >= 0 && value <= 1;
    // A sixth number is how sure a network was that made the labels.
    if (
      !/^\d+$/.test(parts[0]!) ||
      (parts.length !== 5 && parts.length !== 6) ||
      ![x, y, width, height].every(share) ||
      width * height === 0
    )
      throw new Error(
        `line ${i + 1} should be a class number, then centre and sides as shares: "${line.slice(0, 60)}"`,
      );
    const label = classes.need(names.get(parts[0]!) ?? parts[0]!, file);
    return [{ box: [x - width / 2, y - height / 2, width, height], label }];
  });
}

/**
 * Photographs with labels beside them, or in a folder `labels` where the photo's path has `images`. Labels that
 * cannot be read and photos without any are listed.
 * @throws Error when the list of classes cannot be read
 */
export async function readYolo({ dir, files }: Listing, classes: ClassMap): Promise<Contents> {
  const contents: Contents = { items: [], skipped: [] };
  const list = files.find(isNames);
  const names =
    list === undefined
      ? new Map<string, string>()
      : readNames((await readWhole(join(dir, list), LARGEST)).toString('utf8'), join(dir, list));
  const texts = new Set(files.filter((name) => extension(name) === '.txt' && !isNames(name)));
  for (const name of files.filter(isImage)) {
    const beside = name.replace(/\.[^./]+$/, '.txt');
    const apart = beside.replace(/(^|\/)images(\/(?!.*(?:^|\/)images\/))/i, '$1labels$2');
    const labels = [beside, apart].find((text) => texts.has(text));
    const file = join(dir, name);
    if (labels === undefined) {
      contents.skipped.push({ file, reason: 'has no labels' });
      continue;
    }
    texts.delete(labels);
    try {
      const text = (await readWhole(join(dir, labels), LARGEST)).toString('utf8');
      const faces = readLabels(text, join(dir, labels), names, classes);
      const split = splitIn(name);
      contents.items.push({
        kind: 'scene',
        file,
        photo: sceneOf(name),
        faces,
        unit: 'shares',
        ...(split && { split }),
      });
    } catch (error) {
      contents.skipped.push({ file: join(dir, labels), reason: (error as Error).message });
    }
  }
  return contents;
}
