/**
 * Pascal VOC annotations: an XML file a photograph, with boxes in pixels. Read by a parser that is told to expand
 * no entities; files with a document type of their own, or larger than any annotation is, are refused.
 */
import { basename, join, posix } from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import * as v from 'valibot';
import type { Size } from '../../geometry';
import { readWhole } from '../../files';
import type { SceneFace } from '../scenes';
import type { ClassMap } from './class-names';
import type { Contents } from './item';
import { extension, isImage, type Listing, sceneOf, splitIn, stem } from './listing';

/** Bytes; a photo of a thousand faces takes a fifth of it. */
const LARGEST = 2_000_000;

const parser = new XMLParser({
  ignoreAttributes: true,
  processEntities: false,
  parseTagValue: false,
  isArray: (name) => name === 'object',
});

const number = v.pipe(v.string(), v.trim(), v.nonEmpty(), v.toNumber(), v.finite());
const schema = v.object({
  annotation: v.object({
    filename: v.optional(v.string()),
    size: v.optional(v.object({ width: number, height: number })),
    object: v.optional(
      v.array(
        v.object({
          name: v.pipe(v.string(), v.trim(), v.nonEmpty()),
          bndbox: v.object({ xmin: number, ymin: number, xmax: number, ymax: number }),
        }),
      ),
      [],
    ),
  }),
});

interface Annotation {
  filename?: string;
  size?: Size;
  faces: SceneFace[];
}

/**
 * Reads one annotation.
 * @throws Error that says what is wrong with it
 */
export function readAnnotation(text: string, file: string, classes: ClassMap): Annotation {
  if (text.length > LARGEST) throw new Error(`larger than an annotation may be (${LARGEST / 1e6} MB)`);
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) throw new Error('has a document type of its own, which is not read');
  const valid = XMLValidator.validate(text);
  if (valid !== true) throw new Error(`not XML: line ${valid.err.line}: ${valid.err.msg}`);
  const read = v.safeParse(schema, parser.parse(text));
  if (!read.success) {
    const issue = read.issues[0];
    throw new Error(`not a Pascal VOC annotation: ${v.getDotPath(issue) ?? 'its top'}: ${issue.message}`);
  }
  const { filename, size, object } = read.output.annotation;
  const faces = object.map(({ name, bndbox }): SceneFace => {
    const [width, height] = [bndbox.xmax - bndbox.xmin, bndbox.ymax - bndbox.ymin];
    if (!(width > 0 && height > 0)) throw new Error('has a box without area');
    return { box: [bndbox.xmin, bndbox.ymin, width, height], label: classes.need(name, file) };
  });
  // Some tools write no size, or 0.
  const sized = size !== undefined && size.width > 0 && size.height > 0;
  return { faces, ...(filename !== undefined && { filename }), ...(sized && { size }) };
}

/**
 * Photographs with their annotations beside them or in a folder of their own; annotations that cannot be read
 * and those without their photo are listed.
 */
export async function readVoc({ dir, files }: Listing, classes: ClassMap): Promise<Contents> {
  const contents: Contents = { items: [], skipped: [] };
  const images = new Map<string, string[]>();
  for (const name of files.filter(isImage))
    for (const key of new Set([basename(name), stem(name)])) {
      const same = images.get(key);
      if (same === undefined) images.set(key, [name]);
      else same.push(name);
    }
  const used = new Set<string>();
  for (const name of files.filter((each) => extension(each) === '.xml')) {
    const file = join(dir, name);
    try {
      const { filename, size, faces } = readAnnotation(
        (await readWhole(file, LARGEST)).toString('utf8'),
        file,
        classes,
      );
      const photo = photoBeside(name, filename, images);
      if (photo === undefined) throw new Error('its photo is not there');
      if (used.has(photo)) throw new Error(`${photo} has another annotation already`);
      used.add(photo);
      const split = splitIn(photo) ?? splitIn(name);
      contents.items.push({
        kind: 'scene',
        file: join(dir, photo),
        photo: sceneOf(photo),
        faces,
        unit: 'pixels',
        ...(size && { size }),
        ...(split && { split }),
      });
    } catch (error) {
      contents.skipped.push({ file, reason: (error as Error).message });
    }
  }
  for (const name of files)
    if (isImage(name) && !used.has(name))
      contents.skipped.push({ file: join(dir, name), reason: 'has no annotation' });
  return contents;
}

/** The annotation's photo: of its own name or the one it gives, the nearest folder first. */
function photoBeside(
  annotation: string,
  filename: string | undefined,
  images: Map<string, string[]>,
): string | undefined {
  const named = [...(images.get(stem(annotation)) ?? []), ...(images.get(basename(filename ?? '')) ?? [])];
  const folder = posix.dirname(annotation);
  const parent = posix.dirname(folder);
  return (
    named.find((name) => posix.dirname(name) === folder) ??
    named.find((name) => name.startsWith(parent === '.' ? '' : `${parent}/`)) ??
    named[0]
  );
}
