/**
 * Before any test: out/ is built and current, since workers, pages and the command line are run from it.
 * MASKWATCH_NO_BUILD=1 leaves it as it is, for tests that need none of it.
 */
import { ensureBuilt } from '../src-main/setup/build.mjs';

export default async function setup(): Promise<void> {
  if (process.env['MASKWATCH_NO_BUILD'] === '1') return;
  await ensureBuilt((line) => process.stderr.write(`${line}\n`));
}
