/** Which format a folder is in, found out by looking, and its contents read in that format. */
import { join } from 'node:path';
import { MASK_CLASSES } from '../../api';
import { namedFace } from '../masked-face-net';
import { readWhole } from '../../files';
import { readScenes } from '../scenes';
import type { ClassMap } from './class-names';
import { readClassFolders, readMaskedFaceNet } from './folders';
import type { Contents } from './item';
import { extension, isImage, list, type Listing, stem } from './listing';
import { readVoc } from './voc';
import { isNames, readYolo } from './yolo';

export const FORMATS = ['scenes', 'voc', 'yolo', 'maskedface', 'folders'] as const;
export type Format = (typeof FORMATS)[number];

/** Bytes of an annotation that are looked at to tell what it is. */
const GLANCE = 2_000_000;

/** The first file of an extension, as text; '' where it cannot be read. */
async function first({ dir, files }: Listing, ending: string): Promise<string> {
  const name = files.find((each) => extension(each) === ending && !isNames(each));
  if (name === undefined) return '';
  return (await readWhole(join(dir, name), GLANCE).catch(() => Buffer.alloc(0))).toString('utf8');
}

/** @throws Error when it looks like none */
async function formatOf(listing: Listing, classes: ClassMap): Promise<Format> {
  const { dir, files } = listing;
  if (files.includes('boxes.json')) return 'scenes';
  if (
    files.some((name) => extension(name) === '.xml') &&
    /<annotation[\s>]/.test(await first(listing, '.xml'))
  )
    return 'voc';
  if (files.some((name) => extension(name) === '.txt')) {
    const text = (await first(listing, '.txt')).trim();
    const labels = /^\d+(\s+[\d.e-]+){4,5}(\r?\n|$)/i.test(text);
    if (labels || (text === '' && files.some(isNames))) return 'yolo';
  }
  const images = files.filter(isImage);
  const named = images.map((name) => namedFace(stem(name)));
  // Numbers alone could be anybody's, and mean bare faces only where FFHQ is named or masks are beside them.
  const theirs = named.some((face) => face !== null && face.label !== 'none') || /ffhq/i.test(dir);
  if (theirs && named.filter((face) => face !== null).length > images.length / 2) return 'maskedface';
  if (
    files.some((name) =>
      name
        .split('/')
        .slice(0, -1)
        .some((folder) => classes.find(folder) !== undefined),
    )
  )
    return 'folders';
  throw new Error(
    `cannot tell what ${dir} holds: it has no folders named ${MASK_CLASSES.join(', ')}, no boxes.json, no VOC or ` +
      `YOLO labels and no names of MaskedFace-Net; name it with --format, or its class folders with --classes`,
  );
}

/**
 * Reads a source.
 * @param format undefined to find it out
 * @throws Error naming the folder or file, and what is wrong; or every class name that is not known
 */
export async function readSource(
  dir: string,
  format: Format | undefined,
  classes: ClassMap,
): Promise<{ format: Format; contents: Contents }> {
  if (format === 'scenes') return { format, contents: await scenes(dir) };
  const listing = await list(dir);
  const is = format ?? (await formatOf(listing, classes));
  const contents = await READERS[is](listing, classes);
  classes.check();
  if (contents.items.length === 0) {
    const [skipped] = contents.skipped;
    throw new Error(
      `${dir} has nothing to import as ${is}${skipped ? ` (${skipped.file}: ${skipped.reason})` : ''}`,
    );
  }
  return { format: is, contents };
}

const READERS: Record<Format, (listing: Listing, classes: ClassMap) => Contents | Promise<Contents>> = {
  scenes: ({ dir }) => scenes(dir),
  voc: readVoc,
  yolo: readYolo,
  maskedface: readMaskedFaceNet,
  folders: readClassFolders,
};

async function scenes(dir: string): Promise<Contents> {
  const items = (await readScenes(dir)).map((scene) => ({
    ...scene,
    kind: 'scene' as const,
    unit: 'pixels' as const,
  }));
  return { items, skipped: [] };
}
