/** axe on a whole page, as it is and in the other colour scheme. */
import axe from 'axe-core';
import { type Page } from 'playwright';
import { expect } from 'vitest';

/** @throws what axe finds, in light or in dark */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(axe.source);
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const violations = await page.evaluate(async () => {
      const found = await (globalThis as unknown as { axe: typeof axe }).axe.run();
      return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    });
    expect(violations, `in ${colorScheme}`).toEqual([]);
  }
}
