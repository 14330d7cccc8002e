/** Where windows stood: kept for each kind over restarts, and shown again as the screens there are now can. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { onScreen, WindowPlaces } from '../../src-main/store/window-places';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-places-'));
  path = join(folder, 'window.json');
});
afterEach(() => rm(folder, { recursive: true }));

const place = (x: number, y: number, width = 1000, height = 700) => ({ x, y, width, height });

describe('the places of windows', () => {
  it('are kept for windows and for kiosks apart, and are there after a restart', async () => {
    const places = await WindowPlaces.open(path);
    expect(places.of('app')).toBeNull();
    places.keep('app', place(10, 20));
    places.keep('kiosk', place(1920, 0, 1080, 1920));
    places.keep('app', place(30, 40));
    await places.close();
    const again = await WindowPlaces.open(path);
    expect([again.of('app'), again.of('kiosk')]).toEqual([place(30, 40), place(1920, 0, 1080, 1920)]);
  });

  it('in a broken file were never there, and are kept anew', async () => {
    await writeFile(path, '{"app": {"x": "left"}}');
    const places = await WindowPlaces.open(path);
    expect(places.of('app')).toBeNull();
    places.keep('app', place(1, 2));
    await places.close();
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ app: place(1, 2) });
  });
});

describe('on the screens there are', () => {
  const desk = place(0, 40, 1920, 1040);
  const door = place(1920, 0, 1080, 1920);

  it.each([
    ['stays where it was', place(300, 200), place(300, 200)],
    ['stays on the second screen', place(2000, 900, 800, 600), place(2000, 900, 800, 600)],
    ['comes back whole, with its bar below the system’s', place(-900, 0), place(0, 40)],
    ['is no larger than its screen', place(-20, 0, 2000, 2160), desk],
    ['goes to the screen that shows most of it', place(1700, 300, 1000, 700), place(1920, 300)],
  ])('a window %s', (_what, was, is) => {
    expect(onScreen(was, [desk, door])).toEqual(is);
  });

  it('one whose screen is gone, or that was never open, has no place', () => {
    expect(onScreen(place(2000, 900), [desk])).toBeNull();
    expect(onScreen(place(1860, 300), [desk])).toBeNull();
    expect(onScreen(null, [desk])).toBeNull();
  });
});
