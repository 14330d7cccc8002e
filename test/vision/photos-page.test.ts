/**
 * The photos page as it is built, in the installed Chromium, on the photographs that an npm package carries: the
 * real detector, from a file's bytes to boxes, keypoints and crops.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cropSquare, type Size } from '../../src-main/geometry';
import { openPhotosPage, type PhotosPage } from '../../src-main/kiosk/photos';

const samples = new URL('../../node_modules/@vladmandic/face-api/demo/', import.meta.url);
const sample = (n: number) => readFile(fileURLToPath(new URL(`sample${n}.jpg`, samples)));
/** A score that the people the photographs are of have, and nobody in their background. */
const SURE = 0.65;
const PATIENCE = 120_000;

let page: PhotosPage;
beforeAll(async () => {
  page = await openPhotosPage();
}, PATIENCE);
afterAll(async () => {
  await page.close();
});

/** The square as sharp cuts and shrinks it. */
async function cutBySharp(photo: Buffer, square: number[], side: number): Promise<Buffer> {
  const [left, top, size] = square.map(Math.round) as [number, number, number];
  return sharp(photo)
    .extract({ left, top, width: size, height: size })
    .resize(side, side, { fit: 'fill' })
    .raw()
    .toBuffer();
}

describe('findFaces', () => {
  it.each([
    [1, 3],
    [2, 3],
    [3, 3],
    [4, 4],
    [5, 5],
    [6, 4],
  ])(
    'finds the people of sample%i.jpg: %i',
    async (n, people) => {
      const { faces, width } = await page.findFaces(await sample(n), 0, SURE);
      expect(width).toBe(1920);
      expect(faces).toHaveLength(people);
      expect(faces.map(({ score }) => score)).toEqual(
        faces.map(({ score }) => score).toSorted((a, b) => b - a),
      );
      for (const { box, keypoints } of faces) {
        const [leftEye, rightEye, nose, mouth] = keypoints as [number, number][] & { length: 6 };
        expect(leftEye![0]).toBeLessThan(rightEye![0]);
        expect(nose![1]).toBeGreaterThan(Math.min(leftEye![1], rightEye![1]));
        expect(mouth![1]).toBeGreaterThan(nose![1]);
        for (const [x, y] of [leftEye!, rightEye!, nose!, mouth!]) {
          expect(x > box[0] && x < box[0] + box[2] && y > box[1] && y < box[1] + box[3]).toBe(true);
        }
      }
    },
    PATIENCE,
  );

  it(
    'cuts the crops where the boxes are, as training crops are cut',
    async () => {
      const photo = await sample(6);
      const side = 96;
      const { faces, crops, ...size } = await page.findFaces(photo, side, SURE);
      expect(crops).toHaveLength(faces.length * side * side * 3);
      for (const [i, { box }] of faces.entries()) {
        const crop = crops.subarray(i * side * side * 3, (i + 1) * side * side * 3);
        const expected = await cutBySharp(photo, cropSquare(box, size satisfies Size), side);
        const difference =
          crop.reduce((sum, value, at) => sum + Math.abs(value - expected[at]!), 0) / crop.length;
        // Two good ways to shrink differ by a level or two; a crop beside the face, or BGR, by dozens.
        expect(difference).toBeLessThan(6);
      }
    },
    PATIENCE,
  );

  it(
    'finds distant faces that the whole picture is too coarse for',
    async () => {
      // Five people, faces about 40 px wide: 4 px of the detector's 192 in a picture of 1920.
      const people = await sharp(await sample(5))
        .resize(500)
        .toBuffer();
      const far = await sharp({ create: { width: 1920, height: 1080, channels: 3, background: '#777' } })
        .composite([{ input: people, left: 900, top: 500 }])
        .png()
        .toBuffer();
      const { faces } = await page.findFaces(far, 0, 0.3);
      const size = faces.map(({ box }) => box[2]).sort((a, b) => a - b);
      expect(faces.length).toBeGreaterThanOrEqual(4);
      expect(size[0]).toBeGreaterThan(15);
      expect(size.at(-1)).toBeLessThan(60);
    },
    PATIENCE,
  );

  it(
    'finds nobody in an empty picture',
    async () => {
      const empty = await sharp({ create: { width: 640, height: 480, channels: 3, background: '#888' } })
        .png()
        .toBuffer();
      expect((await page.findFaces(empty, 64, 0.3)).faces).toEqual([]);
    },
    PATIENCE,
  );

  it(
    'says so of a file that is no image, and goes on with the next',
    async () => {
      await expect(page.findFaces(Buffer.from('not a photograph'), 0, 0.3)).rejects.toThrow(
        'not a readable image',
      );
      expect((await page.findFaces(await sample(1), 0, SURE)).faces).toHaveLength(3);
    },
    PATIENCE,
  );
});
