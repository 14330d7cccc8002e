/** The PIN: what is kept of it, who is let through, what wrong ones cost, and when it locks again. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LOCKED } from '../src-main/api';
import { AccessControl } from '../src-main/access';

let folder: string;
let path: string;
let now: number;
let told: object[];
const page = {};
const other = {};

const open = (): Promise<AccessControl<object>> =>
  AccessControl.open({
    path,
    lockMinutes: () => 5,
    onChange: (which) => told.push(which),
    now: () => now,
  });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-access-'));
  path = join(folder, 'access.json');
  now = 0;
  told = [];
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true });
});

describe('without a PIN', () => {
  it('everything is open', async () => {
    const access = await open();
    expect(access.of(page)).toEqual({ pinSet: false, locked: false, waitSeconds: 0 });
    expect(() => {
      access.admit(page);
    }).not.toThrow();
  });
});

describe('with a PIN', () => {
  it('only its salted hash is kept, in a file of the owner’s', async () => {
    const access = await open();
    await access.set(page, null, '2468');
    const text = await readFile(path, 'utf8');
    expect(text).not.toContain('2468');
    expect(Object.keys(JSON.parse(text) as object)).toEqual(['version', 'salt', 'hash']);
    expect((await stat(path)).mode & 0o077).toBe(0);
    await access.set(page, '2468', '2468');
    expect(await readFile(path, 'utf8'), 'the same PIN has another salt').not.toBe(text);
    access.close();
  });

  it('who set it goes on, all others are locked out, also after a restart', async () => {
    const first = await open();
    await first.set(page, null, '2468');
    first.admit(page);
    expect(() => {
      first.admit(other);
    }).toThrow(LOCKED);
    first.close();
    const second = await open();
    expect(second.of(page)).toMatchObject({ pinSet: true, locked: true });
    expect(await second.unlock(page, '1357')).toMatchObject({ locked: true });
    expect(await second.unlock(page, '2468')).toMatchObject({ locked: false });
    second.admit(page);
    second.close();
  });

  it('is changed and removed only by who knows it', async () => {
    const access = await open();
    await access.set(page, null, '2468');
    expect(await access.set(other, '1111', '9999')).toMatchObject({ pinSet: true, locked: true });
    expect(await access.set(page, null, null)).toMatchObject({ pinSet: true, locked: true });
    expect(await access.unlock(other, '2468')).toMatchObject({ locked: false });
    expect(await access.set(page, '2468', '13579')).toMatchObject({ pinSet: true, locked: false });
    expect(told, 'the other page is told that it is locked').toEqual([other]);
    expect(await access.set(page, '13579', null)).toEqual({ pinSet: false, locked: false, waitSeconds: 0 });
    expect(await readdir(folder)).toEqual([]);
    access.close();
  });

  it('five wrong ones make everybody wait, each further one twice as long, and the right one ends it', async () => {
    const access = await open();
    await access.set(page, null, '2468');
    access.lock(page);
    // Many at once count as many.
    await Promise.all(['0000', '1111', '2222', '3333', '4444'].map((pin) => access.unlock(other, pin)));
    expect(access.of(page).waitSeconds).toBe(30);
    expect(await access.unlock(page, '2468'), 'even the right one says nothing now').toMatchObject({
      locked: true,
    });
    now += 30_000;
    expect((await access.unlock(other, '5555')).waitSeconds).toBe(60);
    now += 60_000;
    expect(await access.unlock(page, '2468')).toEqual({ pinSet: true, locked: false, waitSeconds: 0 });
    expect((await access.unlock(other, '5555')).waitSeconds).toBe(0);
    access.close();
  });

  it('a page that asks for nothing guarded is locked again; each guarded call begins the time anew', async () => {
    const access = await open();
    await access.set(page, null, '2468');
    vi.useFakeTimers();
    access.admit(page);
    vi.advanceTimersByTime(4 * 60_000);
    access.admit(page);
    vi.advanceTimersByTime(4 * 60_000);
    expect(access.of(page).locked).toBe(false);
    vi.advanceTimersByTime(60_000);
    expect(access.of(page).locked).toBe(true);
    expect(told).toEqual([page]);
  });

  it('whose file is broken, it is set aside with a notice', async () => {
    await writeFile(path, '{"version":1,"salt":"zz"}');
    const access = await open();
    expect(access.pinSet).toBe(false);
    expect(access.notice).toMatch(/access\.json cannot be read: it was set aside/);
    expect((await readdir(folder)).join()).toMatch(/access\.json\.broken-/);
  });
});
