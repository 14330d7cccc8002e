// @ts-check
/** `npm test` once all is installed and built: types, lint, format and every test, then one line of counts. */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { root } from './build.mjs';

/** @type {Record<string, string[]>} Each check's program in node_modules with its arguments. */
const CHECKS = {
  types: ['typescript/bin/tsc', '--noEmit'],
  'types of pages': [
    'svelte-check/bin/svelte-check',
    '--tsconfig',
    'src-renderer/tsconfig.json',
    '--fail-on-warnings',
  ],
  lint: ['eslint/bin/eslint.js', '--config', '.config/eslint.config.js', '.'],
  format: ['prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
};

/** Checks that run at the same time. */
const AT_ONCE = 2;

/**
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} env
 * @param {boolean} live whether its output is shown as it comes, or given back
 * @returns {Promise<{ ok: boolean, output: string, seconds: number }>}
 */
function run(command, env, live) {
  const [program = '', ...args] = command;
  const started = Date.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'node_modules', program), ...args], {
      cwd: root,
      stdio: ['ignore', live ? 'inherit' : 'pipe', live ? 'inherit' : 'pipe'],
      env: { ...process.env, ...env },
    });
    let output = '';
    child.stdout?.on('data', (/** @type {Buffer} */ data) => (output += data.toString()));
    child.stderr?.on('data', (/** @type {Buffer} */ data) => (output += data.toString()));
    child.on('close', (code) => {
      resolve({ ok: code === 0, output, seconds: (Date.now() - started) / 1000 });
    });
  });
}

/**
 * @param {string[]} only tests to run (paths or vitest's options), without the other checks; none runs everything
 * @param {(line: string) => void} say
 * @returns {Promise<number>} exit code
 */
export async function runChecks(only, say) {
  let failed = 0;
  const queue = only.length > 0 ? [] : Object.entries(CHECKS);
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [name, command] = next;
      const { ok, output, seconds } = await run(command, {}, false);
      if (!ok) {
        failed++;
        process.stdout.write(`${output.trim()}\n`);
      }
      say(`${ok ? 'ok' : 'FAILED'}  ${name} (${seconds.toFixed(1)} s)`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));

  const countsFile = join(tmpdir(), `maskwatch-counts-${String(process.pid)}.json`);
  const command = ['vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts', ...only];
  const { ok, seconds } = await run(command, { MASKWATCH_TEST_COUNTS: countsFile }, true);
  let counts = { passed: 0, failed: 0, skipped: 0 };
  try {
    counts = JSON.parse(readFileSync(countsFile, 'utf8'));
  } catch {
    // Vitest ended before it could count; it has said why.
  }
  rmSync(countsFile, { force: true });
  if (!ok && counts.failed === 0) counts.failed = 1;
  say(`${ok ? 'ok' : 'FAILED'}  tests (${seconds.toFixed(1)} s)`);

  failed += counts.failed;
  const skipped = counts.skipped > 0 ? `, ${String(counts.skipped)} skipped` : '';
  process.stdout.write(`${String(counts.passed)} passed, ${String(failed)} failed${skipped}\n`);
  return failed === 0 ? 0 : 1;
}
