/** From camera to verdict: the demo as the camera, the real detector, the student that ships, the real page. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MASK_CLASSES, type VerdictEvent } from '../../src-main/api';
import { iou, type Box } from '../../src-main/geometry';
import { textIn } from '../../src-main/languages';
import { expectAccessible } from './accessible';
import { openDoor, PATIENT, until, type Door } from './door';
import { shortFilm, type Film } from './film';

let film: Film;
let door: Door;
beforeAll(async () => {
  film = await shortFilm();
  door = await openDoor({ film: film.path, window: { modes: ['window', 'kiosk'], frameless: false } });
}, 180_000);
afterAll(async () => {
  await door.close();
});

/**
 * What the film shows at a verdict's place. The verdict is about the last few looks, and when the film began is known
 * by a message only, so the face is looked for most of a second around.
 */
function shownAt({ at, box }: VerdictEvent): string | null {
  const seconds = (Date.parse(at) - door.filmStarted()) / 1000;
  let best = { overlap: 0.35, label: null as string | null };
  for (const face of film.timeline.timeline.flatMap(({ faces }) => faces)) {
    for (const { frame, box: shown } of face.boxes) {
      if (Math.abs(frame / 30 - (seconds % film.seconds)) > 0.8) continue;
      const overlap = iou(shown as Box, box);
      if (overlap > best.overlap) best = { overlap, label: face.label };
    }
  }
  return best.label;
}

describe('the watch', () => {
  it('shows all three verdicts on the page', async () => {
    for (const verdict of MASK_CLASSES) {
      await door.page.locator(`li[data-verdict="${verdict}"]`).first().waitFor({ state: 'attached' });
    }
  }, 200_000);

  it('gives the verdicts that the film calls for, twice round', async () => {
    await until(door.app, () => door.app.summary().seconds >= 2 * film.seconds);
    const told = door.verdicts.map((event) => ({ said: event.verdict, shown: shownAt(event) }));
    const judged = told.filter(({ shown }) => shown !== null);
    const right = judged.filter(({ said, shown }) => said === shown);
    expect(judged.length, JSON.stringify(told)).toBeGreaterThanOrEqual(4);
    expect(right.length / judged.length, JSON.stringify(judged)).toBeGreaterThanOrEqual(0.7);
    expect(new Set(right.map(({ said }) => said))).toEqual(new Set(MASK_CLASSES));
  }, 200_000);

  it('counts on the page what main counted', async () => {
    expect(await door.page.locator('[data-notice]').count()).toBe(0);
    const { verdicts } = door.app.summary();
    // Not of every class: a cut of the film can put another face in a track's place, and its count then moves.
    expect(verdicts.correct + verdicts.incorrect + verdicts.none).toBeGreaterThan(2);
    for (const kind of MASK_CLASSES) {
      const number = door.page.locator(`[data-count="${kind}"] .number`);
      await expect
        .poll(async () => Number(await number.textContent()), PATIENT)
        .toBeGreaterThanOrEqual(verdicts[kind]);
    }
  });

  it('goes on in a window in the corner and comes back when that is closed', async () => {
    const { page, context, app } = door;
    const opened = context.waitForEvent('page');
    await page.getByRole('button', { name: textIn('en', 'menu.compact') }).click();
    const corner = await opened;
    await corner.setViewportSize({ width: 420, height: 320 });
    const back = page.getByRole('button', { name: textIn('en', 'corner.back') });
    await back.waitFor();
    expect(await page.locator('video').count()).toBe(0);
    // A page behind it that is hidden draws no frames; what is drawn in the corner is drawn by that window's.
    await page.evaluate('requestAnimationFrame = () => 0');
    const { frames } = app.summary();
    await until(app, () => app.summary().frames > frames + 60);
    await corner.locator('[data-label] .words').first().waitFor();
    const played = 'document.querySelector("video").currentTime';
    const before = Number(await corner.evaluate(played));
    await expect.poll(async () => Number(await corner.evaluate(played)), PATIENT).toBeGreaterThan(before + 1);
    const counted = corner.locator('[data-count="correct"] .number');
    expect(Number(await counted.textContent())).toBeGreaterThan(0);
    await corner.setViewportSize({ width: 640, height: 480 });
    await corner.locator('[data-label] .words').first().waitFor();
    await expectAccessible(corner);
    await corner.close();
    await page.locator('[data-label]').first().waitFor();
    expect(await back.count()).toBe(0);
  }, 120_000);

  it('measures itself', () => {
    const summary = door.app.summary();
    expect(summary.frames).toBeGreaterThan(10);
    expect(summary.latencyMs).not.toBeNull();
    expect(summary.provider).toBe('cpu');
  });

  it('had no error on the way', () => {
    expect(door.problems).toEqual([]);
  });
});
