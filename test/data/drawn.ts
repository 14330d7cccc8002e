/** Pictures drawn for the tests of data: plain code, no photographs. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { onTestFinished } from 'vitest';
import type { Picture } from '../../src-main/data/decode';
import { seeded } from '../../src-main/random';

/** A folder that is removed after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'maskwatch-data-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Soft coloured blobs on a gradient: another seed is another picture. */
export function blobs(seed: number, width = 96, height = width): Picture {
  const random = seeded(seed);
  const shapes = Array.from({ length: 9 }, () => ({
    x: random() * width,
    y: random() * height,
    r: (0.08 + 0.2 * random()) * width,
    colour: [random() * 255, random() * 255, random() * 255],
  }));
  const ground = [random() * 255, random() * 255, random() * 255];
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let k = 0; k < 3; k++, i++) {
        let value = ground[k]! * (0.6 + (0.4 * x) / width);
        for (const { x: cx, y: cy, r, colour } of shapes) {
          const share = 1 / (1 + Math.exp((Math.hypot(x - cx, y - cy) - r) / 2));
          value += (colour[k]! - value) * share;
        }
        data[i] = value;
      }
  return { width, height, data };
}

export const image = ({ width, height, data }: Picture) =>
  sharp(data, { raw: { width, height, channels: 3 } });

/** Writes a drawn picture, in the format its name says. */
export async function drawFile(path: string, picture: Picture): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await image(picture).toFile(path);
  return path;
}
