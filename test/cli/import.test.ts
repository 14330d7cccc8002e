/** `maskwatch import` as it is built: a photograph with boxes by hand becomes labelled crops. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { maskwatch } from '../e2e/command';

const photo = fileURLToPath(
  new URL('../../node_modules/@vladmandic/face-api/demo/sample1.jpg', import.meta.url),
);
const PATIENCE = 180_000;
/** The three people of sample1.jpg at a width of 960; what the labels say is as good as any here. */
const BOXES = [
  { x: 742, y: 130, w: 72, h: 86, label: 'none' },
  { x: 195, y: 201, w: 90, h: 108, label: 'correct' },
  { x: 415, y: 234, w: 86, h: 102, label: 'ignore' },
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-import-'));
  await sharp(photo).resize(960).toFile(join(folder, 'friends.jpg'));
  await writeFile(join(folder, 'broken.jpg'), 'not a photograph');
  await writeFile(join(folder, 'boxes.json'), JSON.stringify({ 'friends.jpg': BOXES, 'broken.jpg': [] }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('maskwatch import', () => {
  it(
    'cuts what is labelled, says how well faces were found, and names the photo it could not read',
    async () => {
      const out = join(folder, 'crops');
      const command = maskwatch(['import', '--scenes', folder, '--out', out, '--json'], folder);
      expect(await command.ended).toBe(1);
      expect(command.stderr.filter((line) => line.startsWith('maskwatch:'))).toEqual([
        `maskwatch: ${join(folder, 'broken.jpg')}: not a readable image`,
      ]);

      expect(await readdir(join(out, 'none'))).toHaveLength(1);
      expect(await readdir(join(out, 'correct'))).toHaveLength(1);
      expect(await readdir(join(out, 'incorrect'))).toEqual([]);
      const crops = JSON.parse(await readFile(join(out, 'crops.json'), 'utf8')) as {
        file: string;
        photo: string;
        px: number;
      }[];
      expect(crops.map(({ photo, px }) => [photo, px]).sort()).toEqual([
        ['friends', 72],
        ['friends', 90],
      ]);
      for (const { file } of crops) {
        expect(await sharp(join(out, file)).metadata()).toMatchObject({ width: 160, height: 160 });
      }

      const lines = command.stdout.map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(lines.map(({ type }) => type)).toEqual(['fit', ...Array<string>(5).fill('precision'), 'crops']);
      expect(lines.at(-1)).toMatchObject({ correct: 1, incorrect: 0, none: 1 });
    },
    PATIENCE,
  );

  it(
    'names what is missing: 1 for a folder without boxes, 2 for wrong usage',
    async () => {
      const none = maskwatch(['import', '--scenes', tmpdir(), '--out', join(folder, 'x')], folder);
      expect(await none.ended).toBe(1);
      expect(none.stderr).toHaveLength(1);
      expect(none.stderr[0]).toMatch(/cannot read .*boxes\.json/);
      const usage = maskwatch(['import', '--scenes', folder], folder);
      expect(await usage.ended).toBe(2);
      expect(usage.stderr.join('\n')).toMatch(/--out/);
    },
    PATIENCE,
  );
});
