/** Every state of the page (stories.ts), in light and dark, wide and narrow: axe finds nothing, nothing overflows. */
import axe from 'axe-core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import '../../../src-renderer/theme.css';
import Live from '../../../src-renderer/live/Live.svelte';
import { stageSession } from './stage-hands';
import { STORIES } from './stories';

afterEach(() => {
  document.documentElement.style.colorScheme = '';
});

async function stage(name: string, scheme: 'light' | 'dark', width: number, height: number) {
  await page.viewport(width, height);
  // light-dark() follows the root's colour scheme, as it follows the system's.
  document.documentElement.style.colorScheme = scheme;
  const story = STORIES[name]!;
  const staged = stageSession(story.cast?.());
  const screen = await render(Live, { session: staged.session });
  if (staged.session.settings === null && story.cast?.().slow !== true)
    await vi.waitFor(() => expect(staged.session.settings).not.toBeNull(), { timeout: 10_000 });
  await story.then?.(staged, screen.container);
  const expected = story.cast?.().people?.(0).length ?? 0;
  const shown =
    staged.session.camera.state.state === 'running' && staged.session.connected && name !== 'elsewhere';
  if (shown && expected > 0) {
    await vi.waitFor(() => expect(staged.session.sight.faces).toHaveLength(expected), { timeout: 10_000 });
  }
  const passing = document
    .getAnimations()
    .filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
  await Promise.all(passing.map((animation) => animation.finished.catch(() => undefined)));
}

describe.each([
  ['light', 1280, 720],
  ['dark', 390, 844],
] as const)('in %s at %i × %i', (scheme, width, height) => {
  it.each(Object.keys(STORIES))('%s is accessible and fits', async (name) => {
    await stage(name, scheme, width, height);
    // All of the page: dialogs and menus stand beside the container.
    const { violations } = await axe.run(document.body, { rules: { region: { enabled: false } } });
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual(
      [],
    );
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(width);
    expect(document.documentElement.scrollHeight).toBeLessThanOrEqual(height);
  });
});
