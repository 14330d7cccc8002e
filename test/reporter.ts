/**
 * Ends a run with one line, `N passed, N failed`, that people and machines can read. Under `npm test` the
 * counts go to the file named in MASKWATCH_TEST_COUNTS instead, and setup/run.mjs prints the line for all checks.
 */
import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    // An error outside any test, or a file that does not load, is a failure that no test case shows.
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      counts.failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') counts.passed++;
        else if (state === 'failed') counts.failed++;
        else counts.skipped++;
      }
    }
    const file = process.env['MASKWATCH_TEST_COUNTS'];
    if (file !== undefined) writeFileSync(file, JSON.stringify(counts));
    else {
      const skipped = counts.skipped > 0 ? `, ${String(counts.skipped)} skipped` : '';
      process.stdout.write(`${String(counts.passed)} passed, ${String(counts.failed)} failed${skipped}\n`);
    }
  }
}
