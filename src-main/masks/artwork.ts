/**
 * Mask artwork: SVG drawn from the front, whose root element says in data attributes where the mask's anchor
 * points are in the drawing, what form it has and what its ear loops look like. assets/masks/ holds them.
 */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { MASK_FORMS, type MaskForm } from './drape';
import type { Point } from './head-pose';

/** Points of the drawing, in its viewBox units. The ear loops are sewn on at the four corners. */
export interface MaskAnchors {
  /** Middle of the upper edge, which lies on the nose bridge. */
  bridge: Point;
  /** Middle of the lower edge, which lies under the chin. */
  chin: Point;
  leftTop: Point;
  leftBottom: Point;
  rightTop: Point;
  rightBottom: Point;
}
const ANCHORS = ['bridge', 'chin', 'leftTop', 'leftBottom', 'rightTop', 'rightBottom'] as const;

export interface MaskArtwork {
  name: string;
  form: MaskForm;
  /** The drawing's viewBox, in its own units. */
  width: number;
  height: number;
  anchors: MaskAnchors;
  loops: { colour: readonly [r: number, g: number, b: number]; /** In eye distances. */ thickness: number };
  /** The SVG without its loops: those are drawn anew, on the head. */
  fabric: string;
}

/** Straight RGBA, row by row. */
export interface Raster {
  width: number;
  height: number;
  data: Uint8Array;
}

/**
 * Reads one drawing.
 * @throws Error naming the file and the attribute that is missing or malformed
 */
export function parseArtwork(name: string, svg: string): MaskArtwork {
  const root = /<svg\b[^>]*>/.exec(svg)?.[0] ?? '';
  const attribute = (key: string): string => {
    const value = new RegExp(`\\s${key}="([^"]*)"`).exec(root)?.[1];
    if (value === undefined) throw new Error(`mask artwork ${name}: the <svg> element lacks ${key}`);
    return value;
  };
  const numbers = (key: string, count: number): number[] => {
    const values = attribute(key)
      .trim()
      .split(/[\s,]+/)
      .map(Number);
    if (values.length !== count || !values.every(Number.isFinite)) {
      throw new Error(`mask artwork ${name}: ${key} must be ${String(count)} numbers`);
    }
    return values;
  };
  const [, , width, height] = numbers('viewBox', 4) as [number, number, number, number];
  const form = MASK_FORMS.find((known) => known === attribute('data-form'));
  if (!form) throw new Error(`mask artwork ${name}: data-form must be one of ${MASK_FORMS.join(', ')}`);
  const point = (key: (typeof ANCHORS)[number]): Point => {
    const kebab = key.replace(/[A-Z]/g, (letter) => '-' + letter.toLowerCase());
    return numbers(`data-${kebab}`, 2) as [number, number];
  };
  const anchors = Object.fromEntries(ANCHORS.map((key) => [key, point(key)])) as unknown as MaskAnchors;
  return {
    name,
    form,
    width,
    height,
    anchors,
    loops: {
      colour: numbers('data-loop-colour', 3) as [number, number, number],
      thickness: numbers('data-loop-thickness', 1)[0]!,
    },
    fabric: svg.replace(/<g id="loops"[\s\S]*?<\/g>/, ''),
  };
}

/**
 * All drawings of a folder, in the order of their names.
 * @param folder e.g. assets/masks
 * @throws Error when there are none, or one is malformed
 */
export async function readArtworks(folder: string): Promise<MaskArtwork[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.svg')).sort();
  if (files.length === 0) throw new Error(`no mask artwork (*.svg) in ${folder}`);
  return Promise.all(
    files.map(async (file) =>
      parseArtwork(path.basename(file, '.svg'), await readFile(path.join(folder, file), 'utf8')),
    ),
  );
}

/** The fabric drawn at a width in pixels. */
export async function rasterise(artwork: MaskArtwork, width: number): Promise<Raster> {
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
export function fabricAt({ anchors }: MaskArtwork, u: number, v: number): Point {
  const edge = (left: Point, middle: Point, right: Point): Point => {
    const side = u < 0 ? left : right;
    return [middle[0] + Math.abs(u) * (side[0] - middle[0]), middle[1] + u * u * (side[1] - middle[1])];
  };
  const top = edge(anchors.leftTop, anchors.bridge, anchors.rightTop);
  const bottom = edge(anchors.leftBottom, anchors.chin, anchors.rightBottom);
  return [top[0] + v * (bottom[0] - top[0]), top[1] + v * (bottom[1] - top[1])];
}
