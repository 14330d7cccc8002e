// @ts-check
/**
 * Builds out/ when it is older than what it is built from. Plain JavaScript and Node only. Several processes
 * may ask at once (tests beside an app): one builds, in a folder beside, and swaps it in; the others wait.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json. */
export const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

/** What out/ is built from. */
const SOURCES = [
  'src-main',
  'src-renderer',
  'assets',
  'electron.config.ts',
  'package-lock.json',
  'tsconfig.json',
];

/**
 * @param {string} path
 * @param {string[]} into
 */
function list(path, into) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isDirectory()) into.push(`${path}:${String(stat.mtimeMs)}:${String(stat.size)}`);
  else for (const name of readdirSync(path).sort()) list(join(path, name), into);
}

/** A hash of the names, sizes and times of all sources. */
export function fingerprint() {
  /** @type {string[]} */
  const files = [];
  for (const source of SOURCES) list(join(root, source), files);
  return createHash('sha256').update(files.join('\n')).digest('hex');
}

/** @param {string} path */
function readFileOr(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

/**
 * The fingerprint that out/ was built from, and when that build began.
 * @returns {{ fingerprint: string, began: number } | null}
 */
function builtFrom() {
  try {
    return JSON.parse(readFileOr(join(root, 'out', '.built-from')) ?? '');
  } catch {
    return null;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

const lockFile = () => join(root, 'node_modules', '.maskwatch-building');

/** Takes the lock, waiting for a living holder; a dead one's lock is removed. */
async function lock() {
  for (;;) {
    try {
      writeFileSync(lockFile(), String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
      const holder = readFileOr(lockFile());
      if (holder !== null && Number(holder) > 0 && !isAlive(Number(holder)))
        rmSync(lockFile(), { force: true });
      else await wait(100);
    }
  }
}

/**
 * Runs the bundler into a folder beside out/.
 * @param {string} out
 * @returns {Promise<void>}
 */
function bundle(out) {
  return new Promise((resolve, reject) => {
    const cli = join(root, 'node_modules', 'electron-vite', 'bin', 'electron-vite.js');
    const child = spawn(
      process.execPath,
      [cli, 'build', '--config', 'electron.config.ts', '--logLevel', 'warn'],
      {
        cwd: root,
        // Vitest sets NODE_ENV=test and VITEST, which would leak into the bundle.
        env: { ...process.env, NODE_ENV: 'production', VITEST: undefined, MASKWATCH_OUT: out },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let output = '';
    child.stdout.on('data', (/** @type {Buffer} */ data) => (output += data.toString()));
    child.stderr.on('data', (/** @type {Buffer} */ data) => (output += data.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`the build failed:\n${output.trim()}`));
    });
  });
}

/**
 * Makes sure that out/ is current.
 * @param {(line: string) => void} say told before and after a build
 * @returns {Promise<boolean>} whether it built
 * @throws {Error} with the bundler's output when the build fails; out/ is left as it was
 */
export async function ensureBuilt(say) {
  const asked = Date.now();
  if (builtFrom()?.fingerprint === fingerprint()) return false;
  await lock();
  try {
    const began = Date.now();
    const current = fingerprint();
    const built = builtFrom();
    // Whoever had the lock may have begun after we asked: that build holds all that we asked for.
    if (built !== null && (built.fingerprint === current || built.began >= asked)) return false;
    say('building …');
    const [out, next, old] = [join(root, 'out'), join(root, 'out', '.next'), join(root, 'out', '.old')];
    rmSync(next, { recursive: true, force: true });
    mkdirSync(next, { recursive: true });
    await bundle('out/.next');
    rmSync(join(out, '.built-from'), { force: true });
    for (const part of readdirSync(next)) {
      rmSync(join(old, part), { recursive: true, force: true });
      mkdirSync(old, { recursive: true });
      if (existsSync(join(out, part))) renameSync(join(out, part), join(old, part));
      renameSync(join(next, part), join(out, part));
    }
    writeFileSync(join(out, '.built-from'), JSON.stringify({ fingerprint: current, began }));
    for (const done of [next, old]) rmSync(done, { recursive: true, force: true });
    say(`built in ${((Date.now() - began) / 1000).toFixed(1)} s`);
    return true;
  } finally {
    rmSync(lockFile(), { force: true });
  }
}
