/**
 * A camera that vanishes and returns: its permission is withdrawn, by which Chromium ends the running track, and
 * given again. The page says what happened and goes on by itself.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDoor, PATIENT, until, type Door } from './door';
import { recovered } from '../recovery';
import { shortFilm } from './film';

let door: Door;
beforeAll(async () => {
  door = await openDoor({ film: (await shortFilm()).path });
}, 180_000);
afterAll(async () => {
  await door.close();
});

describe('a camera that goes away', () => {
  it('is said to be gone, on the page and to main', async () => {
    await door.page.locator('li[data-verdict]').first().waitFor({ state: 'attached' });
    await door.context.clearPermissions();
    await door.page.locator('[data-camera="denied"], [data-camera="lost"]').waitFor();
    await until(door.app, () => ['denied', 'lost'].includes(door.cameras.at(-1)?.state ?? ''));
    expect(door.cameras.at(-1)?.message).toMatch(/\w+/);
    // A picture that is no more has no faces.
    await expect.poll(() => door.page.locator('li[data-verdict]').count(), PATIENT).toBe(0);
  }, 200_000);

  it('is watched again as soon as it is back', async () => {
    const before = door.app.summary().frames;
    const given = performance.now();
    await door.context.grantPermissions(['camera'], { origin: door.server.origin });
    await until(door.app, () => door.cameras.at(-1)?.state === 'running');
    await until(door.app, () => door.app.summary().frames > before + 5);
    recovered('permission revoked, then given', given);
    await door.page.locator('li[data-verdict]').first().waitFor({ state: 'attached' });
    await expect.poll(() => door.page.locator('[data-camera]').count(), PATIENT).toBe(0);
  }, 200_000);

  it('that nobody can see on a display that sleeps is watched all the same', async () => {
    // What a page notices of it: it is hidden, and no frame is drawn.
    await door.page.evaluate(`
      globalThis.drawn = globalThis.requestAnimationFrame;
      globalThis.requestAnimationFrame = () => 0;
      Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
      Object.defineProperty(document, 'hidden', { value: true, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    `);
    const before = door.app.summary().frames;
    const verdicts = door.verdicts.length;
    await until(door.app, () => door.app.summary().frames > before + 30 && door.verdicts.length > verdicts);
    const woken = performance.now();
    await door.page.evaluate(`
      globalThis.requestAnimationFrame = globalThis.drawn;
      delete document.visibilityState;
      delete document.hidden;
      document.dispatchEvent(new Event('visibilitychange'));
    `);
    await expect.poll(() => door.page.locator('li[data-verdict]').count(), PATIENT).toBeGreaterThan(0);
    recovered('display asleep', woken);
    // Neither frozen nor opened anew.
    expect(door.cameras.at(-1)?.state).toBe('running');
  }, 200_000);

  it('had no error on the way', () => {
    expect(door.problems).toEqual([]);
  });
});
