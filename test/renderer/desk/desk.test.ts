/** The desk in Chromium: its statistics as pictures and numbers, its states, and that axe finds nothing in any. */
import axe from 'axe-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import '../../../src-renderer/theme.css';
import Desk from '../../../src-renderer/desk/Desk.svelte';
import { dayOf, lastDays } from '../../../src-renderer/desk/statistics/aggregate';
import { numberText, percentText, text } from '../../../src-renderer/texts.svelte';
import { curve, faces, JOBS } from '../desk-data';
import { DESK_STORIES, stageDesk, type DeskStory } from './desk-stage';

const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 15_000 });

async function show(story: DeskStory = {}) {
  const staged = stageDesk(story);
  const screen = await render(Desk, { session: staged.session });
  if (story.slow !== true && story.line !== 'never')
    await eventually(() => expect(staged.session.offers).not.toBeNull());
  await story.then?.(screen.container);
  if (story.line === 'lost') staged.connection('closed');
  const asked = (name: string): unknown[] =>
    staged.calls.filter((call) => call.name === name).map(({ args }) => args[0]);
  return { ...staged, container: screen.container, asked };
}

beforeEach(() => page.viewport(1280, 900));
afterEach(() => {
  document.documentElement.style.colorScheme = '';
  vi.restoreAllMocks();
});

describe('the statistics', () => {
  it('show today first, as bars, lines and numbers', async () => {
    const { container, asked } = await show();
    await eventually(() => expect(container.querySelectorAll('figure')).toHaveLength(4));
    expect(asked('statistics')[0]).toEqual(lastDays(1));
    await eventually(() =>
      expect(container.querySelectorAll('figure svg g rect').length).toBeGreaterThan(20),
    );
    expect(container.querySelectorAll('figure svg path')).toHaveLength(2);
  });

  it('show other days at a press, and days of one’s own', async () => {
    const { asked } = await show();
    await page.getByRole('button', { name: text('statistics.month') }).click();
    await eventually(() => expect(asked('statistics').at(-1)).toEqual(lastDays(30)));
    await page.getByRole('button', { name: text('statistics.own') }).click();
    const week = lastDays(7);
    await page.getByLabelText(text('statistics.from'), { exact: true }).fill(week.from);
    await userEvent.keyboard('{Tab}');
    await eventually(() =>
      expect(asked('statistics').at(-1)).toEqual({ from: week.from, to: dayOf(new Date()) }),
    );
  });

  it('have each picture’s numbers as a table', async () => {
    const { container } = await show();
    await eventually(() => expect(container.querySelectorAll('figure')).toHaveLength(4));
    await page.getByText(text('statistics.asTable')).first().click();
    const rows = container.querySelectorAll('figure:first-child tbody tr');
    expect(rows).toHaveLength(12);
    expect(rows[0]!.children).toHaveLength(4);
  });

  it('are exported as CSV', async () => {
    const { asked, container } = await show();
    await eventually(() => expect(container.querySelector('figure')).not.toBeNull());
    const saved: string[] = [];
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
      saved.push(this.download);
    });
    await page.getByRole('button', { name: text('statistics.csv') }).click();
    await eventually(() => expect(saved).toEqual(['maskwatch.csv']));
    expect(asked('statisticsCsv')).toEqual([lastDays(1)]);
  });

  it('ask for the PIN where main asks for it', async () => {
    await show({ desk: { access: { pinSet: true, locked: true }, pin: '2468', guarded: ['statistics'] } });
    await expect.element(page.getByRole('dialog', { name: text('access.enter') })).toBeVisible();
    await userEvent.keyboard('2468{Enter}');
    await expect.element(page.getByText(text('statistics.trend'), { exact: true })).toBeVisible();
  });
});

describe('the review queue', () => {
  const list = () => page.getByRole('listbox', { name: text('review.faces') });
  const waits = (count: number): Promise<void> =>
    eventually(() => expect(document.querySelectorAll('[role="option"]')).toHaveLength(count));

  it('is worked off by keyboard: a key a class, skip, undo, delete, and whole batches', async () => {
    const { asked, calls } = await show({ section: 'review', desk: { faces: faces(24) } });
    const all = faces(24).filter(({ label }) => label === null);
    await waits(all.length);
    const labels = (): unknown[] => calls.filter(({ name }) => name === 'labelFaces').map(({ args }) => args);
    const first = document.querySelectorAll('[role="option"]')[0]!;
    const id = (element: Element): number => Number(element.id.slice('face-'.length));
    const guess = all.find((face) => face.id === id(first))!.guess;
    (list().element() as HTMLElement).focus();
    for (const [pressed, left] of [
      ['1', 1],
      ['2', 2],
      ['3', 3],
      ['s', 4],
      ['{Enter}', 5],
    ] as const) {
      await userEvent.keyboard(pressed);
      await waits(all.length - left);
    }
    expect(labels().map((args) => (args as [number[], string])[1])).toEqual([
      'correct',
      'incorrect',
      'none',
      'skipped',
      expect.any(String),
    ]);
    expect((labels()[0] as [number[]])[0]).toEqual([id(first)]);
    for (let left = 4; left >= 0; left--) {
      await userEvent.keyboard(left % 2 ? 'u' : '{Control>}z{/Control}');
      await waits(all.length - left);
    }
    // Back on the first face, whose guess Enter confirms.
    await userEvent.keyboard('{Home}{Enter}');
    await waits(all.length - 1);
    expect(labels().at(-1)).toEqual([[id(first)], guess]);
    await userEvent.keyboard('{Delete}');
    await waits(all.length - 2);
    expect(asked('deleteFaces')).toHaveLength(1);
    // Two chosen one by one, then all that are left.
    await userEvent.keyboard(' {ArrowRight} 2');
    await waits(all.length - 4);
    expect((labels().at(-1) as [number[]])[0]).toHaveLength(2);
    await userEvent.keyboard('a3');
    await waits(0);
    expect((labels().at(-1) as [number[]])[0]).toHaveLength(all.length - 4);
    await expect.element(page.getByText(text('review.empty.done'), { exact: true })).toBeVisible();
  });

  it('shows what is asked for by its filters, and deletes everything only after asking once more', async () => {
    const { asked } = await show({ section: 'review', desk: { faces: faces(24) } });
    const filter = (name: 'show' | 'guess' | 'why' | 'order', words: string) =>
      page.getByRole('combobox', { name: text(`review.${name}`) }).selectOptions(words);
    await filter('show', text('review.state.all'));
    await filter('guess', text('label.none'));
    await filter('why', text('review.reason.changed'));
    await filter('order', text('review.orderBy.unsure'));
    await eventually(() =>
      expect(asked('reviewFaces').at(-1)).toMatchObject({
        state: 'all',
        guess: 'none',
        reason: 'changed',
        order: 'unsure',
      }),
    );
    await page.getByRole('button', { name: text('review.deleteAll') }).click();
    expect(asked('deleteAllFaces')).toHaveLength(0);
    await page
      .getByRole('dialog')
      .getByRole('button', { name: text('review.deleteAll') })
      .click();
    await eventually(() => expect(asked('deleteAllFaces')).toHaveLength(1));
    await waits(0);
  });
});

describe('the menu', () => {
  const choose = async (...names: Parameters<typeof text>[0][]): Promise<void> => {
    await page.getByRole('button', { name: text('menu.open') }).click();
    for (const name of names) {
      const item = page.getByRole('menuitem', { name: text(name), exact: true });
      await expect.element(item).toBeVisible();
      (item.element() as HTMLElement).focus();
      await userEvent.keyboard('{Enter}');
    }
  };

  it('is the tray’s: it goes to the desk’s pages, and has main do the rest', async () => {
    const { asked } = await show();
    await choose('menu.models');
    await expect.element(page.getByRole('heading', { name: text('menu.models') })).toBeVisible();
    expect(asked('chooseMenu')).toEqual([]);
    await choose('menu.pause-for', 'menu.pause-60');
    await eventually(() => expect(asked('chooseMenu')).toEqual(['pause-60']));
  });

  it('leads where main says, and offers no live window where none opened this one', async () => {
    const { tell } = await show();
    tell({ type: 'show', section: 'jobs' });
    await expect.element(page.getByRole('heading', { name: text('menu.jobs') })).toBeVisible();
    await page.getByRole('button', { name: text('menu.open') }).click();
    await expect.element(page.getByRole('menuitem', { name: text('menu.retrain') })).toBeVisible();
    for (const name of ['menu.live', 'menu.settings'] as const)
      await expect
        .element(page.getByRole('menuitem', { name: text(name), exact: true }))
        .not.toBeInTheDocument();
  });
});

describe('models and jobs', () => {
  it('tell what a model was made from and how well it does on each set, by class', async () => {
    const { container } = await show({ section: 'models' });
    await eventually(() => expect(container.querySelector('article summary')).not.toBeNull());
    container.querySelector<HTMLElement>('article summary')!.click();
    await expect
      .element(page.getByText(text('models.parents', { names: 'student' }), { exact: true }))
      .toBeVisible();
    const row = page
      .getByRole('region', { name: text('models.report') })
      .getByRole('row')
      .nth(1);
    await expect.element(row).toHaveTextContent('97%');
    await expect.element(row).toHaveTextContent('92%');
  });

  it('tell of a training as it goes: epoch, loss, validation, speed, giving way, time left, and the watch meanwhile', async () => {
    const { tell } = await show(DESK_STORIES['jobs-running']);
    tell({ type: 'live', live: { cameraPerSecond: 30, looksPerSecond: 29, behindMs: 84 } });
    const job = page.getByRole('article').first();
    const last = curve().at(-1)!;
    const { progress } = JOBS[0]!;
    for (const words of [
      text('jobs.epoch', { epoch: progress!.epoch!, epochs: progress!.epochs! }),
      text('jobs.loss', { loss: numberText(progress!.loss!, { maximumFractionDigits: 3 }) }),
      text('jobs.validation', {
        loss: numberText(last.validationLoss, { maximumFractionDigits: 3 }),
        share: percentText(last.balancedAccuracy, 1),
      }),
      text('jobs.speed', { images: Math.round(progress!.imagesPerSecond!) }),
      text('jobs.givesWay', { share: percentText(progress!.pace!) }),
      text('jobs.left', { time: '' }).trim(),
      text('jobs.live', { looks: 29, pictures: 30 }),
      text('jobs.behind', { milliseconds: 84 }),
    ])
      await expect.element(job).toHaveTextContent(words);
  });
});

describe.each([
  ['light', 1280, 800],
  ['dark', 360, 740],
] as const)('in %s at %i × %i', (scheme, width, height) => {
  it.each(Object.keys(DESK_STORIES))('%s is accessible and fits', async (name) => {
    await page.viewport(width, height);
    document.documentElement.style.colorScheme = scheme;
    const { container } = await show(DESK_STORIES[name]);
    if (name === 'statistics')
      await eventually(() => expect(container.querySelectorAll('figure')).toHaveLength(4));
    const { violations } = await axe.run(document.body);
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual(
      [],
    );
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
  });
});
