/** Files are read whole or not at all, and written so that a failure leaves what was there. */
import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readWhole, writeAtomic } from '../src-main/files';
import { temporaryFolder } from './data/drawn';

test('a file that changes while it is read is refused by name', async () => {
  const file = join(await temporaryFolder(), 'growing.jpg');
  await writeFile(file, new Uint8Array(48e6));
  let over = false;
  const read = readWhole(file).finally(() => (over = true));
  read.catch(() => undefined); // Waited for below.
  while (!over) await appendFile(file, 'more');
  await expect(read).rejects.toThrow(`${file} changed while it was read`);
  const bytes = await readWhole(file);
  expect(bytes.length).toBeGreaterThan(48e6);
});

test('what cannot be read is named, with the reason', async () => {
  const folder = await temporaryFolder();
  await expect(readWhole(join(folder, 'none'))).rejects.toThrow(
    `cannot read ${join(folder, 'none')}: it is not there`,
  );
  await expect(readWhole(folder)).rejects.toThrow(`cannot read ${folder}: it is a folder`);
  const file = join(folder, 'large');
  await writeFile(file, 'four');
  await expect(readWhole(file, 3)).rejects.toThrow(`${file} is larger than`);
});

test('what cannot be written leaves the old content, and nothing beside it', async () => {
  const folder = await temporaryFolder();
  const file = join(folder, 'kept');
  await writeAtomic(file, Buffer.from('old '), Buffer.from('content'));
  expect(await readFile(file, 'utf8')).toBe('old content');
  await mkdir(`${file}.part`);
  await expect(writeAtomic(file, Buffer.from('new'))).rejects.toThrow(`cannot write ${file}: it is a folder`);
  expect(await readFile(file, 'utf8')).toBe('old content');
  await expect(writeAtomic(join(folder, 'no', 'folder'), Buffer.from('new'))).rejects.toThrow(
    'it is not there',
  );
  expect(await readdir(folder)).toEqual(['kept', 'kept.part']);
});
