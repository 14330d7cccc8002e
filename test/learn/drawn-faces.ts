/** Three classes of drawn faces, told apart by what a mask hides: data for runs of seconds. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { MASK_CLASSES } from '../../src-main/api';
import { seeded } from '../../src-main/random';

/** Where the mask's upper edge is, in a picture of 64: over the nose, under it, or no mask. */
const EDGE = { correct: 30, incorrect: 44, none: null };

function face(edge: number | null, next: () => number): string {
  const [dx, dy] = [next() * 6 - 3, next() * 6 - 3];
  const skin = `hsl(${15 + next() * 20} 50% ${35 + next() * 40}%)`;
  const back = `hsl(${next() * 360} 30% ${20 + next() * 60}%)`;
  const mask =
    edge === null ? '' : `<rect x="14" y="${edge}" width="36" height="${60 - edge}" fill="#cfe4f5"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64" fill="${back}"/>
    <g transform="translate(${dx} ${dy})"><ellipse cx="32" cy="34" rx="19" ry="26" fill="${skin}"/>
    <circle cx="24" cy="27" r="3"/><circle cx="40" cy="27" r="3"/><path d="M32 28v12h4" stroke="#000" fill="none"/>
    <path d="M24 48h16" stroke="#a22" stroke-width="3"/>${mask}</g></svg>`;
}

/** Writes `count` PNGs of each class under `folder` and returns it. */
export async function drawFaces(folder: string, count: number, seed = 1): Promise<string> {
  const next = seeded(seed);
  for (const name of MASK_CLASSES) {
    await mkdir(join(folder, name), { recursive: true });
    for (let i = 0; i < count; i++)
      await sharp(Buffer.from(face(EDGE[name], next)))
        .png()
        .toFile(join(folder, name, `${name}${i}.png`));
  }
  return folder;
}
