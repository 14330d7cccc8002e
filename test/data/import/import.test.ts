/** Imports from sources to folders that training reads: divided by photo and person, resumable, nothing lost. */
import {
  appendFile,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readImageFolders } from '../../../src-main/data/folders';
import { importSources, type ImportOptions } from '../../../src-main/data/import/import';
import { blobs, drawFile, temporaryFolder } from '../drawn';

const options = (more: Partial<ImportOptions> & Pick<ImportOptions, 'sources' | 'out'>): ImportOptions => ({
  ...{ classes: [], side: 64, val: 0.2, test: 0.2, seed: 1 },
  openFinder: () => Promise.reject(new Error('no detector here')),
  signal: new AbortController().signal,
  ...more,
});

/** Six faces a class, one of them broken. */
let faces: string;
beforeAll(async () => {
  faces = await mkdtemp(join(tmpdir(), 'maskwatch-faces-'));
  for (const [c, name] of ['with_mask', 'incorrect', 'without_mask'].entries())
    for (let i = 0; i < 6; i++) await drawFile(join(faces, name, `${i}.png`), blobs(100 * c + i, 72, 60));
  await writeFile(join(faces, 'incorrect', '3.png'), 'not an image');
});
afterAll(() => rm(faces, { recursive: true }));

/** What lies in a folder, with a hash of sorts of each file. */
async function tree(dir: string): Promise<Record<string, string>> {
  const files = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = files.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  const crops = paths.filter((path) => path.endsWith('.jpg')).sort();
  return Object.fromEntries(
    await Promise.all(
      crops.map(async (path) => [relative(dir, path), (await readFile(path)).toString('base64')]),
    ),
  ) as Record<string, string>;
}

describe('an import of class folders', () => {
  it('gives training its folders, small enough, and lists what it could not read', async () => {
    const [dir, out] = [faces, join(await temporaryFolder(), 'faces')];
    const manifest = await importSources(options({ sources: [dir], out }));
    expect(manifest.skipped).toEqual([
      { file: join(dir, 'incorrect', '3.png'), reason: expect.stringContaining('not a readable image') },
    ]);
    const samples = await readImageFolders([out]);
    expect(samples).toHaveLength(17);
    const counts = Object.values(manifest.crops).map((each) => each.correct + each.incorrect + each.none);
    expect(counts.reduce((a, b) => a + b)).toBe(17);
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(await sharp(samples[0]!.file).metadata()).toMatchObject({ width: 64, height: 53, format: 'jpeg' });
    expect((await readdir(out)).sort()).toEqual([
      'crops.json',
      'import.jsonl',
      'manifest.json',
      'test',
      'train',
      'val',
    ]);
  });

  it('puts no photo, and no near copy of one, in two splits', async () => {
    const [dir, out] = [await temporaryFolder(), join(await temporaryFolder(), 'faces')];
    for (let i = 0; i < 8; i++) {
      // Three crops of one photo, by their names; and one more that is the first again, larger and in another class.
      for (let k = 0; k < 3; k++)
        await drawFile(
          join(dir, ['correct', 'none', 'incorrect'][k]!, `photo${i}_${k}.png`),
          blobs(1000 + 3 * i + k, 40),
        );
      await sharp(join(dir, 'correct', `photo${i}_0.png`))
        .resize(60)
        .toFile(join(dir, 'none', `copy of ${i}.png`));
    }
    await importSources(options({ sources: [dir], out, val: 0.35, test: 0.35 }));
    const samples = await readImageFolders([out]);
    const splitsOf = (i: number) =>
      new Set(
        samples
          .filter(
            ({ file }) =>
              basename(file).startsWith(`photo${i}_`) || basename(file).startsWith(`copy_of_${i}-`),
          )
          .map(({ split }) => split),
      );
    for (let i = 0; i < 8; i++) expect(splitsOf(i).size).toBe(1);
    expect(new Set(samples.map(({ split }) => split)).size).toBe(3);
  });

  it('keeps the splits a source comes in, but leaves out of training what is measured on', async () => {
    const [dir, out] = [await temporaryFolder(), join(await temporaryFolder(), 'faces')];
    for (const [s, split] of ['train', 'val', 'test'].entries())
      for (const [c, name] of ['correct', 'incorrect', 'none'].entries())
        await drawFile(join(dir, split, name, '1.png'), blobs(10 * s + c, 40));
    await sharp(join(dir, 'test', 'none', '1.png'))
      .resize(60)
      .toFile(join(dir, 'train', 'none', '2.png'));
    const { crops, skipped } = await importSources(options({ sources: [dir], out }));
    expect(crops.train).toEqual({ correct: 1, incorrect: 1, none: 1 });
    expect(crops.test).toEqual({ correct: 1, incorrect: 1, none: 1 });
    expect(skipped).toEqual([
      { file: join(dir, 'train', 'none', '2.png'), reason: expect.stringContaining('same again') },
    ]);
  });
});

describe('MaskedFace-Net and FFHQ', () => {
  it('keeps a person in one split, over both', async () => {
    const [masked, ffhq, out] = [
      await temporaryFolder(),
      await temporaryFolder(),
      join(await temporaryFolder(), 'o'),
    ];
    for (let i = 0; i < 15; i++) {
      await drawFile(join(masked, 'CMFD', `000${10 + i}_Mask.jpg`), blobs(i, 40));
      await drawFile(join(masked, 'IMFD', `000${10 + i}_Mask_Nose_Mouth.jpg`), blobs(50 + i, 40));
      await drawFile(join(ffhq, 'ffhq', `000${10 + i}.png`), blobs(100 + i, 40));
    }
    const sources = [masked, join(ffhq, 'ffhq')];
    const { crops, formats } = await importSources(options({ sources, out, pictures: 'faces' }));
    expect(formats.map(({ format }) => format)).toEqual(['maskedface', 'maskedface']);
    for (const split of Object.values(crops)) {
      expect(split.correct).toBeGreaterThan(0);
      expect([split.incorrect, split.none]).toEqual([split.correct, split.correct]);
    }
    const samples = await readImageFolders([out]);
    const splits = new Map<string, Set<string>>();
    for (const { photo, split } of samples) splits.set(photo, (splits.get(photo) ?? new Set()).add(split!));
    expect(splits.size).toBe(15);
    expect([...splits.values()].every(({ size }) => size === 1)).toBe(true);
  });
});

describe('an import that is broken off', () => {
  it('goes on where it stopped, and ends as an unbroken one', async () => {
    const [dir, folder] = [faces, await temporaryFolder()];
    const [whole, broken] = [join(folder, 'whole'), join(folder, 'broken')];
    await importSources(options({ sources: [dir], out: whole }));
    const stop = new AbortController();
    const onProgress: ImportOptions['onProgress'] = ({ done }) => (done === 10 ? stop.abort() : undefined);
    const stopped = importSources(options({ sources: [dir], out: broken, signal: stop.signal, onProgress }));
    await expect(stopped).rejects.toThrow('abort');
    expect(await readdir(broken)).not.toContain('manifest.json');
    // As when the machine went down in the middle of a line.
    await appendFile(join(broken, 'import.jsonl'), '{"item":"/hal');
    const staged = join(broken, '.staging');
    const first = join(staged, (await readdir(staged))[0]!);
    const { mtimeMs } = await stat(first);
    let least = Infinity;
    const again = await importSources(
      options({
        ...{ sources: [dir], out: broken },
        onProgress: ({ doing, done }) => (doing === 'cutting' ? (least = Math.min(least, done)) : undefined),
      }),
    );
    expect(least).toBeGreaterThan(10);
    expect(await tree(broken)).toEqual(await tree(whole));
    expect(again.skipped).toHaveLength(1);
    const moved = Object.keys(await tree(broken)).find((file) => basename(file) === basename(first))!;
    expect((await stat(join(broken, moved))).mtimeMs).toBe(mtimeMs);
  });

  it('ends the same when it was broken off while crops were moved', async () => {
    const [dir, folder] = [faces, await temporaryFolder()];
    const [whole, broken] = [join(folder, 'whole'), join(folder, 'broken')];
    await importSources(options({ sources: [dir], out: whole }));
    const stop = new AbortController();
    const onProgress: ImportOptions['onProgress'] = ({ doing, done }) =>
      doing === 'comparing' && done === 5 ? stop.abort() : undefined;
    await expect(
      importSources(options({ sources: [dir], out: broken, signal: stop.signal, onProgress })),
    ).rejects.toThrow('abort');
    const moved = Object.keys(await tree(whole))[3]!;
    await mkdir(dirname(join(broken, moved)), { recursive: true });
    await rename(join(broken, '.staging', basename(moved)), join(broken, moved));
    await importSources(options({ sources: [dir], out: broken }));
    expect(await tree(broken)).toEqual(await tree(whole));
  });

  it('is not gone on with by another one, nor is a finished one, nor a folder of something else', async () => {
    const folder = await temporaryFolder();
    const [dir, out] = [join(folder, 'faces'), join(folder, 'out')];
    await cp(faces, dir, { recursive: true });
    const finished = await importSources(options({ sources: [dir], out }));
    expect(await importSources(options({ sources: [dir], out }))).toEqual(finished);
    await expect(importSources(options({ sources: [dir], out, side: 32 }))).rejects.toThrow(
      `${join(out, 'import.jsonl')} is of other sources or with other options`,
    );
    await drawFile(join(dir, 'incorrect', 'new.png'), blobs(5, 40));
    await expect(importSources(options({ sources: [dir], out }))).rejects.toThrow('1 more pictures by now');
    await expect(importSources(options({ sources: [dir], out: dir }))).rejects.toThrow(
      'lie within each other',
    );
    await expect(importSources(options({ sources: [dir], out: faces }))).rejects.toThrow('is not empty');
  });
});

describe('what the detector does', () => {
  const found = { width: 96, height: 80, faces: [], crops: new Uint8Array() };
  const photos = async () => {
    const [dir, out] = [faces, join(await temporaryFolder(), 'out')];
    return options({ sources: [dir], out, pictures: 'photos' });
  };
  it('a photo without a face is listed', async () => {
    const openFinder = () => Promise.resolve({ findFaces: () => Promise.resolve(found) });
    await expect(importSources({ ...(await photos()), openFinder })).rejects.toThrow(
      'no face was found in it',
    );
  });
  it('failing on every photo it ends the import, and costs no photo', async () => {
    const broken = { findFaces: () => Promise.reject(new Error('the face detector failed: no WebGL')) };
    const asked = await photos();
    await expect(importSources({ ...asked, openFinder: () => Promise.resolve(broken) })).rejects.toThrow(
      'the detector failed on 5 photos in a row: the face detector failed: no WebGL',
    );
    expect(await readdir(asked.out)).not.toContain('manifest.json');
  });
});
