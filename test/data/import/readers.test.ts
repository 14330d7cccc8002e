/** What a folder holds is found out by looking, and read as it says: files made here, as the tools of others write them. */
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ClassMap, readClassPairs } from '../../../src-main/data/import/class-names';
import { type Format, readSource } from '../../../src-main/data/import/sources';
import { readAnnotation } from '../../../src-main/data/import/voc';
import { namedFace } from '../../../src-main/data/masked-face-net';
import { blobs, drawFile, temporaryFolder } from '../drawn';

const photo = (path: string) => drawFile(path, blobs(1, 100, 80));
const read = (dir: string, classes = '', format?: Format) =>
  readSource(dir, format, new ClassMap(classes === '' ? [] : readClassPairs(classes)));

const voc = (name: string, box: number[], more = '') =>
  `<annotation><folder>images</folder><filename>a.jpg</filename><size><width>100</width><height>80</height>
  <depth>3</depth></size><object><name>${name}</name><bndbox><xmin>${box[0]!}</xmin><ymin>${box[1]!}</ymin>
  <xmax>${box[2]!}</xmax><ymax>${box[3]!}</ymax></bndbox></object>${more}</annotation>`;

describe('file names of MaskedFace-Net and FFHQ', () => {
  it.each([
    ['00000', 'none'],
    ['12345_Mask', 'correct'],
    ['12345_Mask_Chin', 'incorrect'],
    ['12345_Mask_Mouth_Chin', 'incorrect'],
    ['12345_Mask_Nose_Mouth', 'incorrect'],
  ])('%s is %s', (stem, label) => {
    expect(namedFace(stem)).toEqual({ person: stem.slice(0, 5), label });
  });
  it.each(['1234', '123456', '12345_Masks', '12345_Mask_Nose', 'x12345_Mask'])('%s is not theirs', (stem) => {
    expect(namedFace(stem)).toBeNull();
  });
});

describe('class folders', () => {
  it('takes what others call the classes, at any depth, with the splits they come in', async () => {
    const dir = await temporaryFolder();
    await photo(join(dir, 'train', 'With Mask', 'a1b2c_0.jpg'));
    await photo(join(dir, 'valid', 'mask_weared_incorrect', 'deep', '7.png'));
    await photo(join(dir, 'test', 'without_mask', '7.webp'));
    const { format, contents } = await read(dir);
    expect(format).toBe('folders');
    expect(contents.items).toMatchObject([
      { label: 'none', split: 'test', photo: 'test/without_mask/7' },
      { label: 'correct', split: 'train', photo: 'a1b2c' },
      { label: 'incorrect', split: 'val', photo: 'valid/mask_weared_incorrect/deep/7' },
    ]);
  });
  it('takes folders that --classes names, and lists what is in none', async () => {
    const dir = await temporaryFolder();
    await photo(join(dir, 'ok', '1.jpg'));
    await photo(join(dir, 'other', '2.jpg'));
    await expect(read(dir)).rejects.toThrow(`cannot tell what ${dir} holds`);
    const { contents } = await read(dir, 'ok=correct');
    expect(contents.items).toHaveLength(1);
    expect(contents.skipped).toEqual([{ file: join(dir, 'other', '2.jpg'), reason: 'in no class folder' }]);
    expect(() => readClassPairs('ok=fine')).toThrow('"ok=fine" should be THEIRS=OURS');
  });
});

describe('Pascal VOC', () => {
  it('reads boxes beside photos or in a folder of their own', async () => {
    const dir = await temporaryFolder();
    await photo(join(dir, 'images', 'a.jpg'));
    await photo(join(dir, 'images', 'b.jpg'));
    await drawFile(join(dir, 'annotations', 'x.png'), blobs(1)); // makes the folder
    await writeFile(join(dir, 'annotations', 'a.xml'), voc('with_mask', [10, 20, 40, 60]));
    const { format, contents } = await read(dir);
    expect(format).toBe('voc');
    expect(contents.items).toEqual([
      {
        kind: 'scene',
        file: join(dir, 'images', 'a.jpg'),
        photo: 'images/a',
        faces: [{ box: [10, 20, 30, 40], label: 'correct' }],
        unit: 'pixels',
        size: { width: 100, height: 80 },
      },
    ]);
    expect(contents.skipped.map(({ file }) => basename(file))).toEqual(['x.png', 'b.jpg']);
  });
  it.each([
    ['<annotation>', /not XML: line 1/],
    ['<!DOCTYPE x [<!ENTITY a "b">]><annotation/>', /document type of its own/],
    [
      '<annotation><object><name>x</name></object></annotation>',
      /not a Pascal VOC annotation: annotation\.object\.0/,
    ],
    [voc('with_mask', [40, 20, 10, 60]), /box without area/],
  ])('says what is wrong with %s', (text, reason) => {
    expect(() => readAnnotation(text, 'a.xml', new ClassMap())).toThrow(reason);
  });
  it('lists every class that is not known, and how to say what it is', async () => {
    const dir = await temporaryFolder();
    await photo(join(dir, 'a.jpg'));
    await writeFile(join(dir, 'a.xml'), voc('hat', [10, 20, 40, 60]).replace('</object>', '</object>'));
    await expect(read(dir)).rejects.toThrow(
      /a\.xml has a class that is not known here: hat; .*--classes hat=correct/,
    );
    const { contents } = await read(dir, 'hat=ignore');
    expect(contents.items).toMatchObject([{ faces: [{ label: 'ignore' }] }]);
  });
});

describe('YOLO', () => {
  it('reads shares of the photo, classes by their names, and Roboflow’s copies as one photo', async () => {
    const dir = await temporaryFolder();
    for (const copy of ['friends_jpg.rf.0a1b2c', 'friends_jpg.rf.ffffff']) {
      await photo(join(dir, 'train', 'images', `${copy}.jpg`));
      await drawFile(join(dir, 'train', 'labels', 'unused.png'), blobs(2));
      await writeFile(
        join(dir, 'train', 'labels', `${copy}.txt`),
        '1 0.5 0.5 0.2 0.4\n0 0.1 0.1 0.1 0.1 0.93\n',
      );
    }
    await writeFile(join(dir, 'data.yaml'), 'nc: 2\nnames: [with_mask, without_mask]\n');
    const { format, contents } = await read(dir);
    expect(format).toBe('yolo');
    expect(contents.items).toHaveLength(2);
    const { kind, photo: key, ...item } = contents.items[0]!;
    expect([kind, key]).toEqual(['scene', 'train/images/friends_jpg']);
    expect(contents.items[1]!.photo).toBe(key);
    expect(item).toMatchObject({
      unit: 'shares',
      split: 'train',
      faces: [{ label: 'none' }, { label: 'correct' }],
    });
  });
  it('lists labels that are wrong by their line, and needs names for numbers', async () => {
    const dir = await temporaryFolder();
    await photo(join(dir, 'a.jpg'));
    await photo(join(dir, 'b.jpg'));
    await writeFile(join(dir, 'a.txt'), '0 0.5 0.5 0.2 0.4\n');
    await writeFile(join(dir, 'b.txt'), '0 0.5 0.5 0.2 0.4\n0 320 200 50 60\n');
    await expect(read(dir)).rejects.toThrow('a.txt has a class that is not known here: 0');
    const { contents } = await read(dir, '0=none');
    expect(contents.items).toHaveLength(1);
    expect(contents.skipped[0]!.reason).toMatch(/^line 2 should be a class number/);
  });
});

describe('what cannot be told or read', () => {
  it('names the folder', async () => {
    const dir = await temporaryFolder();
    await expect(read(join(dir, 'nowhere'))).rejects.toThrow(`there is no folder ${join(dir, 'nowhere')}`);
    await expect(read(dir)).rejects.toThrow(`the folder ${dir} holds no .jpg, .png or .webp image`);
    await photo(join(dir, 'a.jpg'));
    await expect(read(dir)).rejects.toThrow('--format');
    await expect(read(dir, '', 'maskedface')).rejects.toThrow('no file named as in MaskedFace-Net or FFHQ');
  });
});
