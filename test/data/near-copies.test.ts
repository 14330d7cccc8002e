import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findNearCopies } from '../../src-main/data/near-copies';
import { blobs, drawFile, image, temporaryFolder } from './drawn';

test('a picture saved anew, resized, turned, mirrored, blurred or lit otherwise is found; others are left alone', async () => {
  const root = await temporaryFolder();
  const files: string[] = [];
  const add = async (name: string, of: ReturnType<typeof image>) => {
    await of.toFile(join(root, name));
    files.push(join(root, name));
  };
  const original = blobs(1, 160);
  // The turned ones are cut from a larger ground, as of a face in a photo.
  const ground = blobs(1, 300);
  await add('original.png', image(original));
  for (let seed = 2; seed < 12; seed++)
    files.push(await drawFile(join(root, `other${String(seed)}.png`), blobs(seed, 160)));
  await add('small.jpg', image(original).resize(64, 64).jpeg({ quality: 40 }));
  await add('mirrored.png', image(original).flop());
  await add('blurred.png', image(original).blur(2));
  await add('darker.png', image(original).linear(0.6, 4));
  await add('quarter.png', image(original).rotate(90));
  const turned = await image(ground).rotate(15).png().toBuffer({ resolveWithObject: true });
  const middle = (size: number) => ({
    left: Math.round((size - 160) / 2),
    top: Math.round((size - 160) / 2),
    width: 160,
    height: 160,
  });
  const straightAt = files.length;
  await add('straight.png', image(ground).extract(middle(300)));
  const { default: sharp } = await import('sharp');
  await add('turned.png', sharp(turned.data).extract(middle(turned.info.width)));

  const groups = await findNearCopies(files.map((file) => ({ file })));
  expect(Array.from(groups.subarray(0, 11))).toEqual(Array.from({ length: 11 }, (_, i) => i));
  expect(Array.from(groups.subarray(11, straightAt))).toEqual(new Array(straightAt - 11).fill(0));
  expect(Array.from(groups.subarray(straightAt))).toEqual([straightAt, straightAt]);
});

test('pictures without contrast are not copies of one another', async () => {
  const root = await temporaryFolder();
  const flat = (value: number) => ({ width: 30, height: 30, data: new Uint8Array(2700).fill(value) });
  const files = await Promise.all([10, 200].map((v) => drawFile(join(root, `${String(v)}.png`), flat(v))));
  expect(Array.from(await findNearCopies(files.map((file) => ({ file }))))).toEqual([0, 1]);
});

test('an unreadable file is named', async () => {
  const file = join(await temporaryFolder(), 'broken.jpg');
  await writeFile(file, 'not a picture');
  await expect(findNearCopies([{ file }])).rejects.toThrow(/cannot read the image .*broken\.jpg/);
});
