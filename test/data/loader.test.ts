import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { IMAGENET, plainView } from '../../src-main/data/augment';
import { decode } from '../../src-main/data/decode';
import type { Label, Sample } from '../../src-main/data/folders';
import { Loader, type LoaderOptions } from '../../src-main/data/loader';
import { blobs, drawFile, image, temporaryFolder } from './drawn';

const SIZE = 32;
async function drawnSamples(n: number): Promise<Sample[]> {
  const root = await temporaryFolder();
  return Promise.all(
    Array.from({ length: n }, async (_, i) => {
      const file = await drawFile(join(root, `${String(i)}.jpg`), blobs(i, 40 + (i % 3) * 20, 48));
      return { file, label: (i % 3) as Label, set: 'drawn', photo: String(i) };
    }),
  );
}
function loaderOf(options: Partial<LoaderOptions> = {}): Loader {
  const loader = new Loader({ size: SIZE, batch: 4, normalisation: IMAGENET, seed: 1, ...options });
  onTestFinished(() => loader.close());
  return loader;
}
/** All images of an epoch in one array, copied out of the batches. */
async function imagesOf(batches: ReturnType<Loader['plain']>): Promise<number[]> {
  const all: number[] = [];
  for await (const { images } of batches) all.push(...images);
  return all;
}

test('the plain batches hold every sample once, in order, as the plain view', async () => {
  const samples = await drawnSamples(10);
  const got: Sample[] = [];
  for await (const batch of loaderOf({ workers: 2 }).plain(samples)) {
    expect(Array.from(batch.labels)).toEqual(batch.samples.map(({ label }) => label));
    expect(batch.images).toHaveLength(batch.samples.length * 3 * SIZE * SIZE);
    for (const [i, { file }] of batch.samples.entries()) {
      const expected = new Float32Array(3 * SIZE * SIZE);
      plainView(await decode(file, 2 * SIZE), expected, SIZE);
      expect(batch.images.slice(i * expected.length, (i + 1) * expected.length)).toEqual(expected);
    }
    got.push(...batch.samples);
  }
  expect(got).toEqual(samples);
});

test('an augmented epoch is the same to the bit for any number of workers, cached or not', async () => {
  const samples = await drawnSamples(14);
  const one = await imagesOf(loaderOf({ workers: 1, cache: 0 }).epoch(samples, 3));
  const three = loaderOf({ workers: 3 });
  expect(await imagesOf(three.epoch(samples, 3))).toEqual(one);
  expect(await imagesOf(three.epoch(samples, 3))).toEqual(one);
  expect(await imagesOf(three.epoch(samples, 4))).not.toEqual(one);
  expect(await imagesOf(loaderOf({ seed: 2 }).epoch(samples, 3))).not.toEqual(one);
  expect(three.rate).toBeGreaterThan(0);
});

test('an image that cannot be read is named, and the loader goes on with others', async () => {
  const samples = await drawnSamples(6);
  const broken = join(await temporaryFolder(), 'broken.jpg');
  await writeFile(broken, (await readFile(samples[0]!.file)).subarray(0, 300));
  const loader = loaderOf();
  await expect(imagesOf(loader.epoch([...samples, { ...samples[0]!, file: broken }], 0))).rejects.toThrow(
    /cannot read the image .*broken\.jpg/,
  );
  await expect(imagesOf(loader.plain([{ ...samples[0]!, file: '/no/such.jpg' }]))).rejects.toThrow(
    /such\.jpg/,
  );
  expect(await imagesOf(loader.plain(samples))).toHaveLength(6 * 3 * SIZE * SIZE);
});

test('a consumer that stops early leaves a loader that still works, and its memory is used again', async () => {
  const samples = await drawnSamples(24);
  const loader = loaderOf({ workers: 2 });
  for (let round = 0; round < 3; round++)
    for await (const { labels } of loader.epoch(samples, 0)) if (labels.length > 0) break;
  expect(await imagesOf(loader.plain(samples))).toHaveLength(24 * 3 * SIZE * SIZE);
});

test("a batch's memory is taken back when the next is asked for", async () => {
  const batches = loaderOf({ batch: 1 }).plain(await drawnSamples(8));
  const first = (await batches.next()).value!;
  expect(first.images).toHaveLength(3 * SIZE * SIZE);
  for await (const later of batches) expect(later.images).toHaveLength(3 * SIZE * SIZE);
  expect(first.images).toHaveLength(0);
});

describe('the end', () => {
  let samples: Sample[];
  beforeAll(async () => {
    samples = Array.from({ length: 1000 }, () => ({
      file: '/no/such.jpg',
      label: 0 as Label,
      set: 's',
      photo: 'p',
    }));
  });

  test('whoever waits when the loader is closed is told so, and whoever comes later', async () => {
    const loader = loaderOf({ batch: 1000 });
    const waiting = expect(loader.plain(samples).next()).rejects.toThrow(/was closed/);
    await loader.close();
    await waiting;
    await expect(loader.plain(samples).next()).rejects.toThrow(/was closed/);
    await loader.close();
  });

  test('a worker that dies is reported to whoever waits', async () => {
    // A size that no memory holds kills the worker as it starts.
    const loader = loaderOf({ size: 1e6, batch: 0 });
    await expect(loader.plain([...samples.slice(0, 1)]).next()).rejects.toThrow(
      /worker that augments images/,
    );
  });
});

describe('decode', () => {
  test('grey, transparent and turned pictures come as upright RGB', async () => {
    const root = await temporaryFolder();
    const picture = blobs(5, 30, 20);
    await image(picture).greyscale().png().toFile(join(root, 'grey.png'));
    await image(picture).ensureAlpha(0.5).webp().toFile(join(root, 'alpha.webp'));
    await image(picture).withMetadata({ orientation: 6 }).jpeg().toFile(join(root, 'turned.jpg'));
    expect(await decode(join(root, 'grey.png'))).toMatchObject({
      width: 30,
      height: 20,
      data: { length: 1800 },
    });
    expect(await decode(join(root, 'alpha.webp'))).toMatchObject({
      width: 30,
      height: 20,
      data: { length: 1800 },
    });
    expect(await decode(join(root, 'turned.jpg'))).toMatchObject({
      width: 20,
      height: 30,
      data: { length: 1800 },
    });
  });

  test('a large picture is shrunk to the longest side asked for, a small one is not enlarged', async () => {
    const file = await drawFile(join(await temporaryFolder(), 'a.png'), blobs(1, 60, 40));
    expect(await decode(file, 30)).toMatchObject({ width: 30, height: 20 });
    expect(await decode(file, 90)).toMatchObject({ width: 60, height: 40 });
  });
});
