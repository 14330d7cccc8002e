/** The desk in Chromium: its statistics as pictures and numbers, its states, and that axe finds nothing in any. */
import axe from 'axe-core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import '../../../src-renderer/theme.css';
import Desk from '../../../src-renderer/desk/Desk.svelte';
import { dayOf, lastDays } from '../../../src-renderer/desk/statistics/aggregate';
import { text } from '../../../src-renderer/texts.svelte';
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
