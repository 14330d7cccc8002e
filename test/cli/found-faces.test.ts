/** Faces found again in crops, masks and beards drawn on them, on photographs that a package of npm carries. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawnFaces } from '../../src-main/cli/drawn-faces';
import { findAgain, turnsOf } from '../../src-main/cli/found-faces';
import { decode } from '../../src-main/data/decode';
import { meanLuma } from '../../src-main/data/effects';
import { type Sample, readImageFolders } from '../../src-main/data/folders';
import { WHOLE, warp } from '../../src-main/data/warp';
import { type MadePicture, measureRobustness } from '../../src-main/learn/robustness';
import { cutBareFaces } from '../masks/bare-faces';
import { testCard } from '../watch/models';

/** Faces cut from the photograph. */
const FACES = 4;

let folder: string;
let samples: Sample[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-found-'));
  await cutBareFaces(join(folder, 'none'), FACES);
  samples = await readImageFolders([folder], { allowMissing: true });
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

test('faces are found again, and get every kind of mask in every way, and beards; where nobody is there is none', async () => {
  const done: number[] = [];
  const faces = await findAgain(samples, (count) => done.push(count));
  expect(done).toEqual([1, 2, 3, 4, 5]);
  expect([...faces.keys()].sort()).toEqual(samples.slice(0, FACES).map(({ file }) => file));
  const turns = turnsOf(faces);
  expect([...turns.values()].every((degrees) => degrees >= 0 && degrees < 90)).toBe(true);

  const pictures: MadePicture[] = [];
  for await (const picture of drawnFaces(samples, faces, 112, 1)) pictures.push(picture);
  expect(pictures).toHaveLength(FACES * (9 + 5));
  const of = (slice: string, value: string) =>
    pictures.filter((each) => each.slice === slice && each.value === value);
  expect(of('drawn black mask', 'over the nose').map(({ label }) => label)).toEqual([0, 0, 0, 0]);
  for (const value of ['below the nose', 'on the chin'])
    expect(of('drawn patterned mask', value).map(({ label }) => label)).toEqual([1, 1, 1, 1]);
  const [black, surgical] = ['black', 'surgical'].map((kind) => of(`drawn ${kind} mask`, 'over the nose'));
  for (const [i, { pixels }] of black!.entries())
    expect(meanLuma(pixels)).toBeLessThan(meanLuma(surgical![i]!.pixels));
  // The lower a mask sits, the less it covers: no mask is drawn over the one before.
  for (const [i, { file }] of samples.slice(0, FACES).entries()) {
    const bare = new Uint8Array(3 * 112 ** 2);
    warp(await decode(file), WHOLE, bare, 112);
    const [nose, below, chin] = ['over the nose', 'below the nose', 'on the chin'].map((way) =>
      of('drawn black mask', way)[i]!.pixels.reduce((n, byte, k) => n + (byte === bare[k] ? 0 : 1), 0),
    );
    expect(below).toBeLessThan(0.95 * nose!);
    expect(chin).toBeLessThan(0.95 * below!);
  }

  // Bearded faces are bare ones, darker about the mouth; under a mask worn correctly they are not.
  const beards = pictures.filter(({ slice }) => slice === 'drawn beard');
  for (const { value, label } of beards) expect(label).toBe(value.endsWith('under a mask') ? 0 : 2);
  const [dark, stubble] = ['full, dark', 'stubble'].map((value) => of('drawn beard', value));
  for (const [i, { pixels }] of dark!.entries())
    expect(meanLuma(pixels)).toBeLessThan(meanLuma(stubble![i]!.pixels));

  // A classifier that always says `correct` is right about the masks over the nose alone.
  const measured = await measureRobustness({
    predictor: { logits: (images) => Promise.resolve(always(images.length / (3 * 112 ** 2))) },
    card: testCard(112),
    batches: (async function* () {
      yield await Promise.resolve({
        samples: samples.slice(0, FACES),
        images: new Float32Array(FACES * 3 * 112 ** 2),
      });
    })(),
    corruptions: false,
    seed: 1,
    turns,
    made: (async function* () {
      for (const picture of pictures) yield await Promise.resolve(picture);
    })(),
  });
  const slices = measured.slices.filter(({ slice }) => slice.startsWith('drawn '));
  expect(slices).toHaveLength(9 + 5);
  for (const { value, n, balancedAccuracy } of slices) {
    const isCorrect = value === 'over the nose' || value.endsWith('under a mask');
    expect([n, balancedAccuracy]).toEqual([FACES, isCorrect ? 1 : 0]);
  }
  const heads = measured.slices.filter(({ slice }) => slice === 'head');
  expect(heads.reduce((sum, { n }) => sum + n, 0)).toBe(FACES);
}, 120_000);

/** Logits of n pictures: `correct`. */
const always = (n: number) => Float32Array.from({ length: 3 * n }, (_, i) => (i % 3 === 0 ? 9 : 0));
