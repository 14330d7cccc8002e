/**
 * Artwork that is laid on faces: SVG drawn from the front, whose root element says in data attributes where its anchor
 * points are in the drawing and, of masks, what form they have and what their ear loops look like. assets/masks/ and
 * assets/beards/ hold them.
 */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { MASK_FORMS, type MaskForm } from './drape';
import type { Point } from './head-pose';

/** Points of the drawing, in its viewBox units. A mask's ear loops are sewn on at the four corners. */
export interface Anchors {
  /** Middle of the upper edge; a mask's lies on the nose bridge, a beard's under the nose. */
  bridge: Point;
  /** Middle of the lower edge, which lies under the chin. */
  chin: Point;
  leftTop: Point;
  leftBottom: Point;
  rightTop: Point;
  rightBottom: Point;
}
const ANCHORS = ['bridge', 'chin', 'leftTop', 'leftBottom', 'rightTop', 'rightBottom'] as const;

export interface Loops {
  colour: readonly [r: number, g: number, b: number];
  /** In eye distances. */
  thickness: number;
}

export interface Artwork {
  name: string;
  /** The drawing's viewBox, in its own units. */
  width: number;
  height: number;
  anchors: Anchors;
  /** Null for what nothing holds at the ears. */
  loops: Loops | null;
  /** The SVG without its loops: those are drawn anew, on the head. */
  fabric: string;
}

export interface MaskArtwork extends Artwork {
  form: MaskForm;
  loops: Loops;
}

/** Straight RGBA, row by row. */
export interface Raster {
  width: number;
  height: number;
  data: Uint8Array;
}

/** What the root element says; its errors name the file. */
function attributesOf(name: string, svg: string) {
  const root = /<svg\b[^>]*>/.exec(svg)?.[0] ?? '';
  const text = (key: string): string => {
    const value = new RegExp(`\\s${key}="([^"]*)"`).exec(root)?.[1];
    if (value === undefined) throw new Error(`artwork ${name}: the <svg> element lacks ${key}`);
    return value;
  };
  const numbers = (key: string, count: number): number[] => {
    const values = text(key)
      .trim()
      .split(/[\s,]+/)
      .map(Number);
    if (values.length !== count || !values.every(Number.isFinite))
      throw new Error(`artwork ${name}: ${key} must be ${String(count)} numbers`);
    return values;
  };
  return { text, numbers };
}

/**
 * Reads a drawing without loops, such as a beard.
 * @throws Error naming the file and the attribute that is missing or malformed
 */
export function parseArtwork(name: string, svg: string): Artwork {
  const { numbers } = attributesOf(name, svg);
  const [, , width, height] = numbers('viewBox', 4) as [number, number, number, number];
  const point = (key: (typeof ANCHORS)[number]): Point => {
    const kebab = key.replace(/[A-Z]/g, (letter) => '-' + letter.toLowerCase());
    return numbers(`data-${kebab}`, 2) as [number, number];
  };
  const anchors = Object.fromEntries(ANCHORS.map((key) => [key, point(key)])) as unknown as Anchors;
  return { name, width, height, anchors, loops: null, fabric: svg };
}

/**
 * Reads a mask.
 * @throws Error naming the file and the attribute that is missing or malformed
 */
export function parseMask(name: string, svg: string): MaskArtwork {
  const { text, numbers } = attributesOf(name, svg);
  const form = MASK_FORMS.find((known) => known === text('data-form'));
  if (!form) throw new Error(`artwork ${name}: data-form must be one of ${MASK_FORMS.join(', ')}`);
  return {
    ...parseArtwork(name, svg),
    form,
    loops: {
      colour: numbers('data-loop-colour', 3) as [number, number, number],
      thickness: numbers('data-loop-thickness', 1)[0]!,
    },
    fabric: svg.replace(/<g id="loops"[\s\S]*?<\/g>/, ''),
  };
}

async function readFolder<T>(folder: string, parse: (name: string, svg: string) => T): Promise<T[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.svg')).sort();
  if (files.length === 0) throw new Error(`no artwork (*.svg) in ${folder}`);
  return Promise.all(
    files.map(async (file) =>
      parse(path.basename(file, '.svg'), await readFile(path.join(folder, file), 'utf8')),
    ),
  );
}

/**
 * All masks of a folder, in the order of their names.
 * @param folder e.g. assets/masks
 * @throws Error when there are none, or one is malformed
 */
export const readMasks = (folder: string): Promise<MaskArtwork[]> => readFolder(folder, parseMask);

/** As readMasks, of drawings without loops: assets/beards. */
export const readBeards = (folder: string): Promise<Artwork[]> => readFolder(folder, parseArtwork);

/** All that is drawn on faces to train on. @param assets the folder that holds masks and beards */
export async function readDrawings(assets: string): Promise<{ artworks: MaskArtwork[]; beards: Artwork[] }> {
  const [artworks, beards] = await Promise.all([
    readMasks(path.join(assets, 'masks')),
    readBeards(path.join(assets, 'beards')),
  ]);
  return { artworks, beards };
}

/** The fabric drawn at a width in pixels. */
export async function rasterise(artwork: Artwork, width: number): Promise<Raster> {
  const density = Math.min(Math.max((72 * width) / artwork.width, 1), 2400);
  const { data, info } = await sharp(Buffer.from(artwork.fabric), { density })
    .resize(width, Math.max(1, Math.round((width * artwork.height) / artwork.width)), { fit: 'fill' })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}

/**
 * The place in the drawing that belongs to (u, v) of the draped surface: between the parabolas that run through
 * the upper and the lower anchors. In viewBox units.
 */
export function fabricAt({ anchors }: Artwork, u: number, v: number): Point {
  const edge = (left: Point, middle: Point, right: Point): Point => {
    const side = u < 0 ? left : right;
    return [middle[0] + Math.abs(u) * (side[0] - middle[0]), middle[1] + u * u * (side[1] - middle[1])];
  };
  const top = edge(anchors.leftTop, anchors.bridge, anchors.rightTop);
  const bottom = edge(anchors.leftBottom, anchors.chin, anchors.rightBottom);
  return [top[0] + v * (bottom[0] - top[0]), top[1] + v * (bottom[1] - top[1])];
}
