/**
 * How long the way back from a fault took. With MASKWATCH_RECOVERIES=FILE the tests that bring faults about add a line of
 * JSON a fault to it, from which the table of docs/faults.md is made; without, nothing is measured or asserted.
 */
import { appendFileSync } from 'node:fs';

/** @param since performance.now() when it was brought about */
export function recovered(fault: string, since: number): void {
  const file = process.env['MASKWATCH_RECOVERIES'];
  const seconds = Math.round((performance.now() - since) / 10) / 100;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ fault, seconds })}\n`);
}
