/** How every verb speaks: results on stdout, all else on stderr; failures in one sentence. */

export const USAGE_ERROR = 2;

/** Wrong usage that commander cannot see by itself; exits with 2. */
export class UsageError extends Error {}

/** Writes one machine-readable line. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Writes one line of result for people. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Tells of progress, beside the results. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Tells of a failure in one line; MASKWATCH_DEBUG=1 adds where it came from. */
export function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  say(`maskwatch: ${message.trim().replace(/\s*\n\s*/g, ' ')}`);
  if (process.env['MASKWATCH_DEBUG'] === '1' && error instanceof Error) say(error.stack ?? '');
}
