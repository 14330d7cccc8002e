/**
 * The watcher of the live page with its real worker, detector and main: a worker that dies is replaced and the
 * watch goes on, without a frame left open.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDoor, until, type Door } from '../e2e/door';
import { shortFilm } from '../e2e/film';
import { recovered } from '../recovery';

const PATIENCE = 180_000;

let door: Door;
beforeAll(async () => {
  door = await openDoor({ film: (await shortFilm()).path });
  // Notes each worker, so that a test can do to it what a crash does.
  await door.page.addInitScript(`
    globalThis.workers = [];
    const Real = globalThis.Worker;
    globalThis.Worker = class extends Real {
      constructor(...args) { super(...args); globalThis.workers.push(this); }
    };
  `);
  await door.page.reload();
  door.problems.length = 0; // The first page's requests, broken off.
}, PATIENCE);
afterAll(async () => {
  await door.close();
});

async function looksGoOn(): Promise<void> {
  const { frames } = door.app.summary();
  await until(door.app, () => door.app.summary().frames > frames + 3);
}
const faults = () => door.problems.filter((problem) => problem.startsWith('main: '));

describe('a vision worker', () => {
  it(
    'that crashes is started again at once',
    async () => {
      await looksGoOn();
      const broken = performance.now();
      await door.page.evaluate(
        `workers.at(-1).dispatchEvent(new ErrorEvent('error', { message: 'out of memory', cancelable: true }))`,
      );
      await expect.poll(faults, { timeout: 10_000 }).toHaveLength(1);
      expect(faults()[0]).toMatch(/out of memory; starting it again/);
      await looksGoOn();
      recovered('detector’s worker crashes', broken);
      expect(await door.page.evaluate('workers.length')).toBe(2);
    },
    PATIENCE,
  );

  it(
    'that falls silent is replaced',
    async () => {
      const broken = performance.now();
      await door.page.evaluate('workers.at(-1).terminate()');
      await expect.poll(faults, { timeout: 60_000 }).toHaveLength(2);
      expect(faults()[1]).toMatch(/no sign of life/);
      await looksGoOn();
      recovered('detector’s worker silent', broken);
    },
    PATIENCE,
  );

  it(
    'whose graphics are lost is started again',
    async () => {
      const broken = performance.now();
      const browser = door.context.browser()!;
      const session = await browser.newBrowserCDPSession();
      // As when a driver fails: every WebGL context of the browser is lost.
      await session.send('Browser.crashGpuProcess').catch(() => undefined);
      await expect.poll(faults, { timeout: 60_000 }).toHaveLength(3);
      expect(faults()[2]).toMatch(/detector: .*(graphics|WebGL).*; starting it again/s);
      await looksGoOn();
      recovered('graphics lost', broken);
    },
    PATIENCE,
  );

  it('left no frame open and no other error', () => {
    // Chromium warns on the console of a VideoFrame that was collected without being closed.
    expect(door.problems.filter((problem) => !faults().includes(problem))).toEqual([]);
  });
});
