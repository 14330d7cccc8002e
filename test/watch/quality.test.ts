/** What a look is worth: real photographs, sharp and blurred, and the rule's ends. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { sharpness } from '../../src-main/data/sharpness';
import { BLURRED, lookQuality, SHARP } from '../../src-main/watch/quality';
import { flatCrops } from './models';

const photo = join(
  dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')),
  'demo',
  'sample1.jpg',
);

/** The photograph's middle at a size, blurred by σ pixels, its light multiplied. */
async function crop(size: number, sigma: number, light = 1): Promise<Uint8Array> {
  const whole = sharp(photo).removeAlpha();
  const { width, height } = await whole.metadata();
  const side = Math.min(width, height) >> 1;
  const small = await whole
    .extract({ left: (width - side) >> 1, top: (height - side) >> 1, width: side, height: side })
    .resize(size, size)
    .linear(light, 0)
    .raw()
    .toBuffer();
  if (sigma === 0) return small;
  return sharp(small, { raw: { width: size, height: size, channels: 3 } })
    .blur(sigma)
    .raw()
    .toBuffer();
}

describe('sharpness', () => {
  it('falls with blur, and tells a blurred crop from a sharp one', async () => {
    const all = await Promise.all(
      [0, 1, 2, 4, 8].map(async (sigma) => sharpness(await crop(112, sigma), 0, 112)),
    );
    for (let i = 1; i < all.length; i++) expect(all[i]!).toBeLessThan(all[i - 1]!);
    expect(all[0]!).toBeGreaterThan(SHARP);
    expect(all.at(-1)!).toBeLessThan(BLURRED);
  });

  it('is about the same in dim light and for a larger network', async () => {
    const plain = sharpness(await crop(112, 1), 0, 112);
    expect(sharpness(await crop(112, 1, 0.4), 0, 112) / plain).toBeGreaterThan(0.8);
    expect(sharpness(await crop(168, 1.5), 0, 168) / plain).toBeGreaterThan(0.6);
    expect(sharpness(await crop(168, 1.5), 0, 168) / plain).toBeLessThan(1.6);
  });

  it('is measured on the crop that is asked for; a flat one has none', async () => {
    const sharpCrop = await crop(112, 0);
    const both = new Uint8Array([...flatCrops([[90, 90, 90]], 112), ...sharpCrop]);
    expect(sharpness(both, 0, 112)).toBe(0);
    expect(sharpness(both, 1, 112)).toBe(sharpness(sharpCrop, 0, 112));
  });
});

describe('the worth of a look', () => {
  const face = (side: number, score = 0.9) => ({
    box: [0, 0, side, side * 1.3] as [number, number, number, number],
    score,
  });

  it('is nothing for a face too small or blurred, all for a large, sharp, clear one, and grows between', () => {
    expect(lookQuality(face(23), 1, 24)).toBe(0);
    expect(lookQuality(face(200), BLURRED * 0.99, 24)).toBe(0);
    expect(lookQuality(face(72), SHARP, 24)).toBe(1);
    const growing = [24, 30, 40, 60, 72].map((side) => lookQuality(face(side), SHARP, 24));
    for (let i = 1; i < growing.length; i++) expect(growing[i]!).toBeGreaterThan(growing[i - 1]!);
    expect(growing[0]!).toBeCloseTo(0.2);
    expect(lookQuality(face(72, 0.3), SHARP, 24)).toBeLessThan(lookQuality(face(72, 0.6), SHARP, 24));
    expect(lookQuality(face(72, 0), SHARP, 24)).toBeGreaterThan(0);
  });
});
