// @ts-check
/**
 * Runs the built command line, and keeps a watch running: one that is killed or breaks is started again, and the page
 * on the screen finds the new one by itself. `npm start` uses it; a kiosk's service runs it with monitor's options.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { root } from './build.mjs';
import { inWords, Restarts } from './restarts.mjs';

/** Exit code of a command line that broke while it was supervised. */
const BROKEN = 70;

/** @type {NodeJS.Signals[]} */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Runs the command line and gives its exit code, or the signal that ended it.
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null, stopped: boolean }>}
 */
export function runCli(args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'out', 'main', 'cli.js'), ...args], {
      stdio: 'inherit',
      env: { ...process.env, ...env },
    });
    let stopped = false;
    /** @param {NodeJS.Signals} signal */
    const pass = (signal) => {
      stopped = true;
      child.kill(signal);
    };
    for (const signal of SIGNALS) process.on(signal, pass);
    // npm that is told to stop does not always pass it on: what it started must not go on without it.
    const parent = process.ppid;
    const orphaned = setInterval(() => {
      if (process.env['npm_lifecycle_event'] === undefined || process.ppid === parent) return;
      clearInterval(orphaned); // Told twice, it would not finish.
      pass('SIGTERM');
    }, 1000);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      clearInterval(orphaned);
      for (const name of SIGNALS) process.off(name, pass);
      resolve({ code, signal, stopped });
    });
  });
}

/**
 * The watch, until it is stopped or ends by itself.
 * @param {string[]} args monitor's options
 * @param {(line: string) => void} say
 * @returns {Promise<number>} exit code
 */
export async function supervise(args, say) {
  const restarts = new Restarts();
  for (;;) {
    const { code, signal, stopped } = await runCli(['monitor', ...args], { MASKWATCH_SUPERVISED: '1' });
    const accident = !stopped && (signal !== null || code === BROKEN);
    if (!accident) return code ?? 1;
    const pause = restarts.next();
    const when = pause === 0 ? '' : ` in ${inWords(pause)}`;
    say(
      `maskwatch ended unexpectedly (${signal ?? `exit code ${String(code)}`}): it is started again${when}`,
    );
    // Without a watch to pass them to, signals end this process in their usual way.
    await wait(pause);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.exitCode = await supervise(process.argv.slice(2), (line) => process.stderr.write(`${line}\n`));
