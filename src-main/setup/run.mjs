// @ts-check
/**
 * `npm start`, `npm test` and `npm run maskwatch`: each works as the first and only command on a fresh clone. What is missing is
 * installed and built, what is current is left alone, then the app, the checks or the command line runs.
 * Plain JavaScript, and Node alone: nothing is installed yet when it starts. All its talk goes to stderr.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import process from 'node:process';
import { ensureBuilt, root } from './build.mjs';
import { runChecks } from './checks.mjs';
import { ensureBrowser, ensureInstalled, ensureVulkanLoader, tryElectron } from './install.mjs';

/** @param {string} line */
const say = (line) => process.stderr.write(`${line}\n`);

/** Verbs that open pages in a browser. */
const NEED_BROWSER = new Set(['monitor', 'classify', 'import', 'bench']);

/** Exit code of a command line that broke while it was supervised: it is started again. */
const BROKEN = 70;
/** So many restarts within so many milliseconds, and it is no accident. */
const MOST_RESTARTS = 5;
const WITHIN = 60_000;

/**
 * Runs the built command line and gives its exit code, or the signal that ended it.
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ code: number | null, signal: NodeJS.Signals | null, stopped: boolean }>}
 */
function runCli(args, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'out', 'main', 'cli.js'), ...args], {
      stdio: 'inherit',
      env: { ...process.env, ...env },
    });
    let stopped = false;
    /** @type {NodeJS.Signals[]} */
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    /** @param {NodeJS.Signals} signal */
    const pass = (signal) => {
      stopped = true;
      child.kill(signal);
    };
    for (const signal of signals) process.on(signal, pass);
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
      for (const name of signals) process.off(name, pass);
      resolve({ code, signal, stopped });
    });
  });
}

/**
 * The watch, started again when it is killed or breaks: the page on the screen finds the new one by itself.
 * @param {string[]} args
 */
async function supervise(args) {
  /** @type {number[]} */
  let restarts = [];
  for (;;) {
    const { code, signal, stopped } = await runCli(['monitor', ...args], { MASKWATCH_SUPERVISED: '1' });
    const accident = !stopped && (signal !== null || code === BROKEN);
    if (!accident) return code ?? 1;
    restarts = [...restarts.filter((at) => Date.now() - at < WITHIN), Date.now()];
    if (restarts.length > MOST_RESTARTS) {
      say(`maskwatch broke ${String(restarts.length)} times within a minute: it is not started again`);
      return 1;
    }
    say(`maskwatch ended unexpectedly (${signal ?? `exit code ${String(code)}`}): it is started again`);
  }
}

/** @param {string[]} args */
async function start(args) {
  await ensureInstalled(say);
  await ensureBuilt(say);
  if (!(await tryElectron(say, args))) await ensureBrowser(say);
  return supervise(args);
}

/** @param {string[]} args */
async function test(args) {
  await ensureInstalled(say);
  await ensureBrowser(say);
  await ensureVulkanLoader(say);
  await ensureBuilt(say);
  return runChecks(args, say);
}

/** @param {string[]} args */
async function cli(args) {
  await ensureInstalled(say);
  await ensureBuilt(say);
  if (NEED_BROWSER.has(args[0] ?? '') && !args.includes('--help')) await ensureBrowser(say);
  const { code } = await runCli(args);
  return code ?? 1;
}

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const [task, ...args] = process.argv.slice(2);
/** @type {Record<string, (args: string[]) => Promise<number>>} */
const tasks = { start, test, cli };
const run = tasks[task ?? ''];
if (major < 20 || (major === 20 && minor < 20)) {
  say(`maskwatch needs Node 20.20 or newer, and this is ${process.version}: install it from nodejs.org`);
  process.exitCode = 1;
} else if (run === undefined) {
  say('usage: run.mjs start|test|cli [arguments]');
  process.exitCode = 2;
} else {
  try {
    process.exitCode = await run(args);
  } catch (error) {
    say(`maskwatch: ${/** @type {Error} */ (error).message}`);
    process.exitCode = 1;
    if (task === 'test') process.stdout.write('0 passed, 1 failed\n');
  }
}
