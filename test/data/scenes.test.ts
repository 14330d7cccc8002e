/** Reading annotated scenes: what is taken, and what is said of what is wrong. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readScenes } from '../../src-main/data/scenes';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-scenes-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const boxes = (json: unknown) => writeFile(join(folder, 'boxes.json'), JSON.stringify(json));
const box = { x: 1, y: 2, w: 30, h: 40, label: 'correct' };

describe('readScenes', () => {
  it('gives each photo with its faces, in order of name', async () => {
    for (const name of ['b.jpg', 'a.png']) await writeFile(join(folder, name), '');
    await boxes({ 'b.jpg': [], 'a.png': [box] });
    expect(await readScenes(folder)).toEqual([
      { file: join(folder, 'a.png'), photo: 'a', faces: [{ box: [1, 2, 30, 40], label: 'correct' }] },
      { file: join(folder, 'b.jpg'), photo: 'b', faces: [] },
    ]);
  });

  it.each([
    ['a folder without boxes.json', undefined, /cannot read .*boxes\.json/],
    [
      'a label that there is not',
      { 'a.jpg': [{ ...box, label: 'perhaps' }] },
      /not valid at a\.jpg\.0\.label/,
    ],
    ['an empty box', { 'a.jpg': [{ ...box, w: 0 }] }, /not valid at a\.jpg\.0\.w/],
    ['a photo that is not there', { 'a.jpg': [box] }, /names a photo that is not there: .*a\.jpg/],
    ['a photo outside the folder', { '../a.jpg': [box] }, /outside its folder/],
    ['no photo at all', {}, /names no photo/],
  ])('refuses %s', async (_, json, message) => {
    if (json !== undefined) await boxes(json);
    await expect(readScenes(folder)).rejects.toThrow(message);
  });
});
