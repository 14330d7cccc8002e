/** `maskwatch import` as it is built: a photograph with boxes by hand becomes labelled crops. */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { finished, maskwatch } from '../e2e/command';

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

/** The labels of BOXES, as others call them. */
const THEIRS: Record<string, string> = { none: 'without_mask', correct: 'with_mask', ignore: 'blurred' };

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
    'cuts Pascal VOC and YOLO as it cuts scenes, and says what it did with the rest',
    async () => {
      const [voc, yolo, out] = ['voc', 'yolo', 'faces'].map((name) => join(folder, name)) as [
        string,
        string,
        string,
      ];
      const { width, height } = await sharp(join(folder, 'friends.jpg')).metadata();
      for (const dir of [voc, yolo]) await cp(join(folder, 'friends.jpg'), join(dir, 'friends.jpg'));
      const objects = BOXES.map(
        ({ x, y, w, h, label }) =>
          `<object><name>${THEIRS[label]!}</name><bndbox><xmin>${x}</xmin><ymin>${y}</ymin><xmax>${x + w}</xmax><ymax>${y + h}</ymax></bndbox></object>`,
      );
      const size = `<size><width>${width}</width><height>${height}</height></size>`;
      await writeFile(join(voc, 'friends.xml'), `<annotation>${size}${objects.join('')}</annotation>`);
      const lines = BOXES.map(({ x, y, w, h, label }) =>
        [
          Object.keys(THEIRS).indexOf(label),
          (x + w / 2) / width,
          (y + h / 2) / height,
          w / width,
          h / height,
        ].join(' '),
      );
      await writeFile(join(yolo, 'friends.txt'), lines.join('\n'));
      await writeFile(join(yolo, 'classes.txt'), Object.values(THEIRS).join('\n'));
      await writeFile(join(yolo, 'alone.jpg'), 'not a photograph');

      const args = ['import', voc, yolo, '--classes', 'blurred=ignore', '--out', out, '--json'];
      const { code, stdout } = await finished(args, folder);
      expect(code).toBe(0);
      const told = stdout.map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(told[0]).toEqual({ type: 'skipped', file: join(yolo, 'alone.jpg'), reason: 'has no labels' });
      expect(told[1]).toMatchObject({
        ...{ type: 'import', missed: 0, skipped: 1 },
        formats: [
          { dir: voc, format: 'voc' },
          { dir: yolo, format: 'yolo' },
        ],
      });
      type Listed = { file: string; px: number; box: number[]; from: string }[];
      const listed = JSON.parse(await readFile(join(out, 'crops.json'), 'utf8')) as Listed;
      const scenes = JSON.parse(await readFile(join(folder, 'crops', 'crops.json'), 'utf8')) as Listed;
      for (const dir of [voc, yolo]) {
        const own = listed.filter(({ from }) => from === join(dir, 'friends.jpg'));
        expect(own.map(({ px, box }) => ({ px, box }))).toEqual(scenes.map(({ px, box }) => ({ px, box })));
        for (const [i, { file }] of own.entries())
          expect(await readFile(join(out, file))).toEqual(
            await readFile(join(folder, 'crops', scenes[i]!.file)),
          );
      }
      // The same photo twice, whatever it came in: all four crops are in one split.
      expect(new Set(listed.map(({ file }) => file.split('/')[0])).size).toBe(1);
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
