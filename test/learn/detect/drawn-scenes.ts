/** Scenes of drawn faces, and where they are: data for detectors of whole frames. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { MASK_CLASSES } from '../../../src-main/api';
import type { Picture } from '../../../src-main/data/decode';
import type { SceneFace } from '../../../src-main/data/scenes';
import type { Box } from '../../../src-main/geometry';
import { seeded } from '../../../src-main/random';

/** Where the mask's upper edge is, as a share of the face's height; 1 is no mask. */
const EDGE = { correct: 0.42, incorrect: 0.72, none: 1 };

export interface DrawnScene {
  picture: Picture;
  faces: SceneFace[];
}

function drawFace([x, y, w, h]: Box, edge: number, skin: string): string {
  const [cx, eyes] = [x + w / 2, y + h * 0.35];
  const mask =
    edge === 1
      ? `<path d="M${x + w * 0.3} ${y + h * 0.78}h${w * 0.4}" stroke="#a22" stroke-width="${h * 0.05}"/>`
      : `<rect x="${x + w * 0.05}" y="${y + h * edge}" width="${w * 0.9}" height="${h * (1 - edge)}" fill="#d8ecff"/>`;
  return `<ellipse cx="${cx}" cy="${y + h / 2}" rx="${w / 2}" ry="${h / 2}" fill="${skin}"/>
    <circle cx="${cx - w * 0.2}" cy="${eyes}" r="${w * 0.07}"/><circle cx="${cx + w * 0.2}" cy="${eyes}" r="${w * 0.07}"/>${mask}`;
}

/** A scene of one to three faces that do not touch, classes in turn. */
export async function drawScene(seed: number, size = 96): Promise<DrawnScene> {
  const random = seeded(seed);
  const count = 1 + Math.floor(random() * 3);
  const cell = size / 3;
  const faces = Array.from({ length: count }, (_, i): SceneFace => {
    const w = cell * (0.55 + 0.35 * random());
    const h = Math.min(w * 1.25, cell * 0.98);
    const [column, row] = [i, Math.floor(random() * 3)];
    const box: Box = [column * cell + (cell - w) * random(), row * cell + (cell - h) * random(), w, h];
    return { box, label: MASK_CLASSES[(seed + i) % MASK_CLASSES.length]! };
  });
  const ground = `hsl(${random() * 360} 30% ${20 + random() * 30}%)`;
  const drawn = faces.map(({ box, label }) =>
    drawFace(box, EDGE[label as keyof typeof EDGE], `hsl(${15 + random() * 20} 50% ${45 + random() * 25}%)`),
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}"><rect width="100%" height="100%" fill="${ground}"/>${drawn.join('')}</svg>`;
  const data = await sharp(Buffer.from(svg)).flatten().removeAlpha().raw().toBuffer();
  return { picture: { width: size, height: size, data }, faces };
}

/** Writes scenes with their boxes.json under `folder` and returns it. */
export async function writeScenes(folder: string, count: number, size = 96): Promise<string> {
  await mkdir(folder, { recursive: true });
  const boxes: Record<string, unknown> = {};
  for (let i = 0; i < count; i++) {
    const { picture, faces } = await drawScene(i, size);
    const raw = { width: size, height: size, channels: 3 } as const;
    await sharp(picture.data, { raw })
      .png()
      .toFile(join(folder, `scene${i}.png`));
    boxes[`scene${i}.png`] = faces.map(({ box: [x, y, w, h], label }) => ({ x, y, w, h, label }));
  }
  await writeFile(join(folder, 'boxes.json'), JSON.stringify(boxes));
  return folder;
}
