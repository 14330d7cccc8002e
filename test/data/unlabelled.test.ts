/** Pictures without labels: which are read, which are held back, and how they are mixed into epochs. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Label, Sample, Unlabelled } from '../../src-main/data/folders';
import { BalancedEpochs } from '../../src-main/data/sampler';
import { openUnlabelled, readPictures } from '../../src-main/data/unlabelled';
import { epochOrder } from '../../src-main/learn/order';
import { blobs, drawFile, image, temporaryFolder } from './drawn';

describe('folders without classes', () => {
  test('are read at any depth, whatever they are called, by name', async () => {
    const root = await temporaryFolder();
    for (const [i, name] of ['b.png', 'a/deep/c.png', 'none/d.png'].entries())
      await drawFile(join(root, 'crops', name), blobs(i));
    const samples = await readPictures([join(root, 'crops'), join(root, 'crops')]);
    expect(samples.map(({ file }) => file.slice(root.length + 7))).toEqual([
      'a/deep/c.png',
      'b.png',
      'none/d.png',
    ]);
    expect(samples.every(({ label, set }) => label === -1 && set === 'crops')).toBe(true);
  });
  test('are named where they are missing or empty', async () => {
    const root = await temporaryFolder();
    await mkdir(join(root, 'empty'));
    await expect(readPictures([join(root, 'nowhere')])).rejects.toThrow('there is no folder');
    await expect(readPictures([join(root, 'empty')])).rejects.toThrow('empty has no images');
  });
  test('give no copy of a picture that a network is judged by, and no other crop of its photo', async () => {
    const root = await temporaryFolder();
    const judged = await drawFile(join(root, 'crops', 'photo17_1.png'), blobs(1, 160));
    const held: Sample[] = [{ file: judged, label: 0, set: 'crops', photo: 'photo17' }];
    const bare = join(root, 'more', 'crops');
    await drawFile(join(bare, 'other.png'), blobs(2, 160));
    await drawFile(join(bare, 'photo17_2.png'), blobs(3, 160));
    await image(blobs(1, 160)).flop().jpeg({ quality: 50 }).toFile(join(bare, 'mirrored.jpg'));
    const free = await openUnlabelled([bare], held);
    expect(free.map(({ file }) => file.slice(bare.length + 1))).toEqual(['other.png']);
  });
});

describe('an epoch', () => {
  const samples = <L extends Label | -1>(count: number, label: (i: number) => L) =>
    Array.from({ length: count }, (_, i) => ({
      file: `/${label(i)}/${i}`,
      label: label(i),
      set: 's',
      photo: `${i}`,
    }));
  const labelled: Sample[] = samples(30, (i) => (i % 3) as Label);
  const bare: Unlabelled[] = samples(50, () => -1);
  const options = { length: 80, share: 0.25, seed: 3 };
  test('takes its share of them, each as often as the others, and the classes alike', () => {
    const orderOf = epochOrder(labelled, bare, options);
    const of = (label: number) => orderOf(0).filter((sample) => sample.label === label).length;
    expect([-1, 0, 1, 2].map(of)).toEqual([20, 20, 20, 20]);
    const seen = [0, 1, 2, 3, 4].flatMap((epoch) => orderOf(epoch).filter(({ label }) => label < 0));
    expect(bare.map((sample) => seen.filter((one) => one === sample).length)).toEqual(bare.map(() => 2));
    // Not one kind after the other.
    expect(
      new Set(
        orderOf(0)
          .slice(0, 20)
          .map(({ label }) => label),
      ).size,
    ).toBe(4);
  });
  test('is the same for the same number and seed, and without them what it always was', () => {
    const orderOf = epochOrder(labelled, bare, options);
    expect(orderOf(4)).toEqual(epochOrder(labelled, bare, options)(4));
    expect(orderOf(4)).not.toEqual(orderOf(5));
    expect(epochOrder(labelled, [], options)(2)).toEqual(new BalancedEpochs(labelled, options).order(2));
  });
});
