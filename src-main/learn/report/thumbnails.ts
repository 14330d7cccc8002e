/** Small pictures of mistakes, to be written into the page: only where they were asked for, faces being personal. */
import sharp from 'sharp';
import type { Report } from './report-data';

/** Side in pixels. */
const SIDE = 112;

/** Data addresses by the picture's file; a picture that is gone or cannot be read has none. */
export async function thumbnailsOf({ runs }: Report): Promise<Map<string, string>> {
  const made = new Map<string, string>();
  for (const file of new Set(runs.flatMap(({ mistakes }) => mistakes ?? []).map((mistake) => mistake.file))) {
    const jpeg = await sharp(file)
      .resize(SIDE, SIDE)
      .jpeg({ quality: 80 })
      .toBuffer()
      .catch(() => null);
    if (jpeg) made.set(file, `data:image/jpeg;base64,${jpeg.toString('base64')}`);
  }
  return made;
}
