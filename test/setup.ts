/** Before any test: out/ is built and current, since workers, pages and the command line are run from it. */
import { ensureBuilt } from '../src-main/setup/build.mjs';

export default async function setup(): Promise<void> {
  await ensureBuilt((line) => process.stderr.write(`${line}\n`));
}
