import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { photoOf, readImageFolders } from '../../src-main/data/folders';
import { temporaryFolder } from './drawn';

/** Empty files of these paths in a new folder: reading folders looks at names only. */
async function folderOf(...paths: string[]): Promise<string> {
  const root = await temporaryFolder();
  for (const path of paths) {
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), '');
  }
  return root;
}

test('class folders become samples with absolute path, label, set and photo', async () => {
  const root = await folderOf(
    'a/correct/x.jpg',
    'a/incorrect/0190f7383e7d_12.PNG',
    'a/none/z.webp',
    'a/none/z.txt',
  );
  expect(await readImageFolders([join(root, 'a')])).toEqual([
    { file: join(root, 'a/correct/x.jpg'), label: 0, set: 'a', photo: 'x' },
    { file: join(root, 'a/incorrect/0190f7383e7d_12.PNG'), label: 1, set: 'a', photo: '0190f7383e7d' },
    { file: join(root, 'a/none/z.webp'), label: 2, set: 'a', photo: 'z' },
  ]);
});

test("the article's layout, divided into train, val and test, gives each sample its split", async () => {
  const root = await folderOf(
    'd/train/correct/a.jpg',
    'd/train/none/b.jpg',
    'd/val/none/c.jpg',
    'd/test/incorrect/d.jpg',
  );
  const samples = await readImageFolders([join(root, 'd')]);
  expect(samples.map(({ photo, split }) => [photo, split])).toEqual([
    ['a', 'train'],
    ['b', 'train'],
    ['c', 'val'],
    ['d', 'test'],
  ]);
});

test.each([
  ['0190f7383e7d_0.jpg', '0190f7383e7d'],
  ['0190f7383e7d_112.jpg', '0190f7383e7d'],
  ['IMG1234_3.png', 'IMG1234'],
  ['cloth_611.jpg', 'cloth_611'],
  ['none_0944.jpg', 'none_0944'],
  ['ffp2_1010.jpg', 'ffp2_1010'],
  ['00143_Mask.jpg', '00143_Mask'],
  ['w_0-0-0-copy-16.jpg', 'w_0-0-0-copy-16'],
])('the photo of %s is %s', (name, photo) => {
  expect(photoOf(name)).toBe(photo);
});

describe('crops.json', () => {
  test('names photos that the file names do not tell, in the folder or beside it', async () => {
    const root = await folderOf('s/correct/x.jpg', 's/incorrect/y.jpg', 's/none/z.jpg');
    await writeFile(join(root, 'crops.json'), JSON.stringify([{ file: 's/correct/x.jpg', photo: 'one' }]));
    await writeFile(
      join(root, 's/crops.json'),
      JSON.stringify([{ file: 'none/z.jpg', photo: 'one.jpg', px: 9 }]),
    );
    const samples = await readImageFolders([join(root, 's')]);
    expect(samples.map(({ photo }) => photo)).toEqual(['one', 'y', 'one']);
  });

  test('gives way to a name that tells the photo, so that two lists cannot call one photo otherwise', async () => {
    const root = await folderOf('s/correct/0003a6c46855_0.jpg');
    const list = [{ file: 'correct/0003a6c46855_0.jpg', photo: '0003a6c46855ffe528311a672d95a0c7' }];
    await writeFile(join(root, 's/crops.json'), JSON.stringify(list));
    const [sample] = await readImageFolders([join(root, 's')], { allowMissing: true });
    expect(sample!.photo).toBe('0003a6c46855');
  });

  test('is refused by name when it is no such list', async () => {
    const root = await folderOf('s/correct/x.jpg');
    await writeFile(join(root, 's/crops.json'), '{"file": 1}');
    await expect(readImageFolders([join(root, 's')])).rejects.toThrow(/crops\.json should be a list/);
  });
});

describe('errors name the folder', () => {
  test('that does not exist', async () => {
    await expect(readImageFolders(['nowhere/at-all'])).rejects.toThrow(/there is no folder .*at-all/);
  });
  test('that has no class folder', async () => {
    const root = await folderOf('d/masks/x.jpg');
    await expect(readImageFolders([join(root, 'd')])).rejects.toThrow(
      /d has no folder named correct, incorrect, none/,
    );
  });
  test('that has no images', async () => {
    const root = await folderOf('d/correct/x.txt', 'd/none/y.gif');
    await expect(readImageFolders([join(root, 'd')])).rejects.toThrow(/d has no images/);
  });
  test('and the class that none of them has, unless that is allowed', async () => {
    const root = await folderOf('d/correct/x.jpg', 'e/none/y.jpg');
    const dirs = [join(root, 'd'), join(root, 'e')];
    await expect(readImageFolders(dirs)).rejects.toThrow(/no image of class incorrect in/);
    expect(await readImageFolders(dirs, { allowMissing: true })).toHaveLength(2);
  });
});

test('folders of one name stay apart as sets', async () => {
  const root = await folderOf('a/ilc/correct/x.jpg', 'b/ilc/none/x.jpg', 'b/other/incorrect/x.jpg');
  const samples = await readImageFolders(['a/ilc', 'b/ilc', 'b/other'].map((dir) => join(root, dir)));
  expect(samples.map(({ set }) => set)).toEqual(['a/ilc', 'b/ilc', 'other']);
});
