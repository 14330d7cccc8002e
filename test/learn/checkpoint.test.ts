import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCheckpoint, writeCheckpoint } from '../../src-main/learn/checkpoint';

let folder: string;
let path: string;
const vectors = { a: Float32Array.of(1, -2.5, 3e-9), empty: new Float32Array(0), b: Float32Array.of(7) };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-'));
  path = join(folder, 'checkpoint.bin');
  await writeCheckpoint(path, { step: 3, note: 'é' }, vectors);
});
afterAll(() => rm(folder, { recursive: true }));

test('what is written is read back the same, and nothing else is left', async () => {
  expect(await readCheckpoint(path)).toEqual({ meta: { step: 3, note: 'é' }, vectors });
  expect(await readdir(folder)).toEqual(['checkpoint.bin']);
});
test.each([0, 3, 8, 20, 1000])('cut short by %i bytes or more it is refused by name', async (cut) => {
  const bytes = await readFile(path);
  const short = join(folder, `short${cut}`);
  await writeFile(short, bytes.subarray(0, Math.max(0, bytes.length - cut - 1)));
  await expect(readCheckpoint(short)).rejects.toThrow(`${short} is not a whole checkpoint`);
});
test('another file is refused by name', async () => {
  const other = join(folder, 'other');
  await writeFile(other, 'something else altogether');
  await expect(readCheckpoint(other)).rejects.toThrow(`${other} is not a whole checkpoint`);
});
