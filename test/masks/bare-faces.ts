/** Crops of bare faces, cut from a photograph that a package of npm carries. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { openPhotosPage } from '../../src-main/kiosk/photos';

const PHOTO = new URL('../../node_modules/@vladmandic/face-api/demo/sample4.jpg', import.meta.url);
const SIDE = 160;

/** Writes so many faces as 0.png, 1.png … and a grey nobody.png into a folder. */
export async function cutBareFaces(folder: string, faces: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const page = await openPhotosPage();
  try {
    const { crops } = await page.findFaces(await readFile(fileURLToPath(PHOTO)), SIDE, 0.65);
    for (let i = 0; i < faces; i++)
      await sharp(crops.subarray(i * SIDE * SIDE * 3, (i + 1) * SIDE * SIDE * 3), {
        raw: { width: SIDE, height: SIDE, channels: 3 },
      })
        .png()
        .toFile(join(folder, `${String(i)}.png`));
  } finally {
    await page.close();
  }
  await sharp({ create: { width: SIDE, height: SIDE, channels: 3, background: '#808080' } })
    .png()
    .toFile(join(folder, 'nobody.png'));
}
