/** Sources whose files' folders or names tell the class: class folders, and MaskedFace-Net with FFHQ. */
import { basename, join, posix } from 'node:path';
import { MASK_CLASSES, type MaskClass } from '../../api';
import { photoOf } from '../folders';
import { namedFace } from '../masked-face-net';
import type { ClassMap } from './class-names';
import type { Contents, Skipped } from './item';
import { isImage, isOtherImage, type Listing, sceneOf, splitIn, stem } from './listing';

const OTHER = 'not a .jpg, .png or .webp file';
const isClass = (label: string | undefined): label is MaskClass =>
  (MASK_CLASSES as readonly (string | undefined)[]).includes(label);

/**
 * Class folders, at any depth: the first folder on a file's way whose name is a class's tells it.
 * @throws Error when no folder is called like a class
 */
export function readClassFolders({ dir, files }: Listing, classes: ClassMap): Contents {
  const contents: Contents = { items: [], skipped: [] };
  const unknown = new Set<string>();
  for (const name of files) {
    const file = join(dir, name);
    if (isOtherImage(name)) contents.skipped.push({ file, reason: OTHER });
    if (!isImage(name)) continue;
    const folders = posix.dirname(name).split('/');
    const label = folders.map((folder) => classes.find(folder)).find((found) => found !== undefined);
    if (label === undefined) {
      unknown.add(folders[0] === '.' ? 'the folder itself' : folders[0]!);
      contents.skipped.push({ file, reason: 'in no class folder' });
    } else if (!isClass(label)) contents.skipped.push({ file, reason: `of class ${label}` });
    else {
      const split = splitIn(name);
      // Names that tell no photo are often counted anew in every folder: they are kept apart by it.
      const named = photoOf(basename(name));
      const photo = named === stem(name) ? sceneOf(name) : named;
      contents.items.push({ kind: 'face', file, label, photo, ...(split && { split }) });
    }
  }
  if (contents.items.length === 0)
    throw new Error(
      `${dir} has no images in folders named ${MASK_CLASSES.join(', ')} (its images are in ` +
        `${[...unknown].slice(0, 5).join(', ')}); --classes FOLDER=correct,… says what a folder is`,
    );
  return contents;
}

/** MaskedFace-Net and FFHQ, by their files' own names. @throws Error when no name is of theirs */
export function readMaskedFaceNet({ dir, files }: Listing): Contents {
  const skipped: Skipped[] = [];
  const items: Contents['items'] = [];
  for (const name of files) {
    const file = join(dir, name);
    if (isOtherImage(name)) skipped.push({ file, reason: OTHER });
    if (!isImage(name)) continue;
    const face = namedFace(stem(name));
    if (face === null) skipped.push({ file, reason: 'not named as in MaskedFace-Net or FFHQ' });
    else
      items.push({ kind: 'face', file, label: face.label, photo: `person ${face.person}`, everywhere: true });
  }
  if (items.length === 0)
    throw new Error(`${dir} has no file named as in MaskedFace-Net or FFHQ (00000_Mask.jpg, 00000.png)`);
  return { items, skipped };
}
