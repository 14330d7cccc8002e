// @ts-check
/**
 * `npm run install-kiosk -- [--root DIR] [--remove]`: makes a bare Debian machine a maskwatch at a door. Copies the built
 * app with all it needs to /opt/maskwatch, adds a user and a service that fills the screen from the machine's start.
 * With --root it does the same to the system in a folder (an image, a container), and starts nothing.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureBuilt, root } from './build.mjs';
import { ensureInstalled } from './install.mjs';

/** Debian's packages that it needs beside Node; cage does not start without xwayland, which it only recommends. */
const PACKAGES = ['cage', 'xwayland', 'chromium', 'fonts-liberation', 'fonts-noto-cjk'];
const SERVICE = 'maskwatch.service';

/** Every student that ships, and its eight-bit form, and the one-shot network: the watch takes what suits its machine. */
const networks = () =>
  readdirSync(join(root, 'models'))
    .filter((file) => /^(student(-[^.]+)?(\.int8)?|oneshot)\.(onnx|json)$/.test(file))
    .map((file) => join('models', file));

/** What is copied, from the project's folder. */
const PARTS = [
  'package.json',
  'LICENSE',
  'out/main',
  'out/renderer',
  ...networks(),
  'assets',
  ...['build', 'restarts', 'supervise'].map((name) => `src-main/setup/${name}.mjs`),
];

/** @param {string} line */
const say = (line) => process.stderr.write(`${line}\n`);

/**
 * Runs a program of the system.
 * @param {string} program
 * @param {string[]} args
 * @throws {Error} with what it said
 */
function run(program, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    execFileSync(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stderr } = /** @type {{ stderr?: Buffer }} */ (error);
    const said = stderr?.toString().trim() ?? String(error);
    throw new Error(`${program} ${args.join(' ')} failed: ${said}`, { cause: error });
  }
}

/** Neither maps nor other systems' binaries. @param {string} path */
function isNeeded(path) {
  if (path.endsWith('.map')) return false;
  const [, platform, arch] = /onnxruntime-node.bin.napi-v\d+.(\w+)(?:.(\w+))?/.exec(path) ?? [];
  return (platform ?? process.platform) === process.platform && (arch ?? process.arch) === process.arch;
}

/**
 * Copies the app beside where it is to be, and swaps it in when it is whole.
 * @param {string} target
 */
async function copyApp(target) {
  const { runtimeFolders } = await import('./shipped.mjs');
  const next = `${target}.new`;
  rmSync(next, { recursive: true, force: true });
  for (const part of [...PARTS, ...runtimeFolders()]) {
    mkdirSync(dirname(join(next, part)), { recursive: true });
    cpSync(join(root, part), join(next, part), { recursive: true, filter: isNeeded });
  }
  cpSync(join(root, 'docs', 'privacy.md'), join(next, 'privacy.md'));
  // The Node that it was built and tried with; the system's may change under it.
  mkdirSync(join(next, 'bin'));
  cpSync(process.execPath, join(next, 'bin', 'node'), { dereference: true });
  run('chmod', ['-R', 'u=rwX,go=rX', next]);
  chmodSync(join(next, 'bin', 'node'), 0o755);
  rmSync(`${target}.old`, { recursive: true, force: true });
  if (existsSync(target)) renameSync(target, `${target}.old`);
  renameSync(next, target);
  rmSync(`${target}.old`, { recursive: true, force: true });
}

/** @param {string} system */
async function install(system) {
  const isLive = system === sep;
  const at = (/** @type {string} */ path) => join(system, path);
  await ensureInstalled(say);
  await ensureBuilt(say);
  if (isLive) {
    say(`installing ${PACKAGES.join(', ')} …`);
    run('apt-get', ['update', '-q']);
    run('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...PACKAGES]);
  }
  await copyApp(at('opt/maskwatch'));
  const kiosk = join(root, 'assets', 'package', 'kiosk');
  for (const folder of ['etc/systemd/system', 'etc/sysusers.d']) mkdirSync(at(folder), { recursive: true });
  cpSync(join(kiosk, SERVICE), at(`etc/systemd/system/${SERVICE}`));
  cpSync(join(kiosk, 'sysusers.conf'), at('etc/sysusers.d/maskwatch.conf'));
  run('systemd-sysusers', [`--root=${system}`, 'maskwatch.conf']);
  run('systemctl', [`--root=${system}`, 'enable', SERVICE]);
  if (isLive) {
    run('systemctl', ['daemon-reload']);
    run('systemctl', ['restart', SERVICE]);
  }
  say(`maskwatch is in ${at('opt/maskwatch')} and starts with the machine`);
  if (!isLive) say(`it needs Debian's ${PACKAGES.join(', ')} there`);
}

/** Settings, counts and the user stay. @param {string} system */
function remove(system) {
  const at = (/** @type {string} */ path) => join(system, path);
  if (existsSync(at(`etc/systemd/system/${SERVICE}`))) {
    if (system === sep) run('systemctl', ['stop', SERVICE]);
    run('systemctl', [`--root=${system}`, 'disable', SERVICE]);
  }
  for (const path of [`etc/systemd/system/${SERVICE}`, 'etc/sysusers.d/maskwatch.conf', 'opt/maskwatch'])
    rmSync(at(path), { recursive: true, force: true });
  say(`maskwatch is removed; its settings and counts stay in ${at('var/lib/maskwatch')}`);
}

/** Does what the command line says. */
async function main() {
  try {
    const options = /** @type {const} */ ({ root: { type: 'string' }, remove: { type: 'boolean' } });
    const { values } = parseArgs({ options });
    const system = resolve(values.root ?? sep);
    if (!existsSync(join(system, 'etc/debian_version')))
      throw new Error(`${system} is no Debian: there is no ${join(system, 'etc/debian_version')}`);
    if (process.getuid?.() !== 0) throw new Error('this needs root: put `sudo` before it');
    if (values.remove === true) remove(system);
    else await install(system);
  } catch (error) {
    say(`maskwatch: ${/** @type {Error} */ (error).message}`);
    process.exitCode = 1;
  }
}

// Installs when it is run, and not when something only reads it.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  await main();
