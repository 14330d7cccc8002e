/** From camera to verdict by one network: the page sends frames, main finds and judges their faces. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { expectAccessible } from './accessible';
import { openDoor, PATIENT, until, type Door } from './door';
import { shortFilm } from './film';

let door: Door;
beforeAll(async () => {
  const film = await shortFilm();
  door = await openDoor({ film: film.path, pipeline: 'one-shot' });
}, 180_000);
afterAll(async () => {
  await door.close();
});

describe('the watch with one network', () => {
  it('gives verdicts, on the page too', async () => {
    expect(door.app.status.pipeline.name).toBe('one-shot');
    await until(door.app, () => door.verdicts.length >= 3);
    await door.page.locator('li[data-verdict]').first().waitFor({ state: 'attached' });
    for (const { box } of door.verdicts) expect(Math.min(box[2], box[3])).toBeGreaterThan(10);
  }, 120_000);

  it('keeps unclear faces for review, as its sign says', async () => {
    await door.app.change({ privacy: { review: true } });
    await door.page.locator('[data-sign="review"]').waitFor();
    const desk = await door.open('desk', 'review');
    const picture = desk.locator('.face img').first();
    await picture.waitFor();
    const size = await picture.evaluate((image: { naturalWidth: number }) => image.naturalWidth);
    expect(size).toBe(door.app.status.model.inputSize);
    await desk.close();
  }, 120_000);

  it('keeps whole pictures where that was chosen, in both ways of looking, which a person marks', async () => {
    // Every look is drawn, instead of one in twenty seconds.
    const dice = vi.spyOn(Math, 'random').mockReturnValue(0);
    onTestFinished(() => dice.mockRestore());
    await door.app.change({ privacy: { reviewFrames: true } });
    await door.page.getByText('Unclear faces and some whole pictures are kept').waitFor();
    const desk = await door.open('desk', 'review');
    await desk.getByRole('button', { name: 'Whole pictures' }).click();
    const waiting = async (): Promise<number> =>
      Number(/(\d+) pictures? to review/.exec(await desk.locator('.counts').innerText())?.[1] ?? 0);
    await expect.poll(waiting, PATIENT).toBeGreaterThan(1);
    await door.app.change({ pipeline: 'two-stage' });
    const before = await waiting();
    await expect.poll(waiting, PATIENT).toBeGreaterThan(before + 2);
    await door.app.change({ pipeline: 'one-shot', privacy: { reviewFrames: false } });
    const stage = desk.getByRole('listbox', { name: 'Faces in this picture' });
    await stage.locator('img').waitFor();
    expect(await stage.getByRole('option').count()).toBeGreaterThan(0);
    await expectAccessible(desk);
    await stage.focus();
    for (let i = 0; i < 20; i++) await desk.keyboard.press('1');
    await desk.keyboard.press('Enter');
    await desk.getByText(', 1 reviewed').waitFor();
    await desk.getByRole('button', { name: 'Delete everything' }).click();
    await desk.getByRole('dialog').getByRole('button', { name: 'Delete everything' }).click();
    // Nothing is left of them, and nothing is kept any more.
    await desk.getByRole('button', { name: 'Whole pictures' }).waitFor({ state: 'detached' });
    await desk.close();
  }, 120_000);

  it('changes to two stages and back while it runs', async () => {
    for (const pipeline of ['two-stage', 'one-shot'] as const) {
      await door.app.change({ pipeline });
      const { frames } = door.app.summary();
      await until(door.app, () => door.app.summary().frames > frames + 5);
      expect(door.app.status.pipeline.name).toBe(pipeline);
    }
  }, 120_000);

  it('had no error on the way', () => {
    expect(door.problems).toEqual([]);
  });
});
