// @ts-check
/**
 * `npm run package -- [electron-builder's options]`: builds, gathers what goes into a package beside the app (icons,
 * licences, bill of materials), and has electron-builder make packages in dist/ (MASKWATCH_DIST) as
 * .config/electron-builder.mjs says.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { ensureBuilt, root } from './build.mjs';
import { ensureInstalled } from './install.mjs';
import { signingOf } from './signing.mjs';

/** @param {string} line */
const say = (line) => process.stderr.write(`${line}\n`);

/** Where all of it is written. */
const dist = resolve(root, process.env['MASKWATCH_DIST'] ?? 'dist');

/** Writes dist/resources. Its parts are imported here: before, nothing may be installed yet. */
async function gather() {
  const { writeIcons } = await import('./icons.mjs');
  const { licencesText, shippedPackages } = await import('./shipped.mjs');
  const { billOfMaterials } = await import('./sbom.mjs');
  const folder = join(dist, 'resources');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const packages = shippedPackages();
  writeFileSync(join(folder, 'licences.txt'), licencesText(packages));
  writeFileSync(join(folder, 'sbom.cdx.json'), `${JSON.stringify(billOfMaterials(packages), null, 2)}\n`);
  await writeIcons(folder);
}

/**
 * @param {string[]} args
 * @returns {Promise<number>} exit code
 */
function runBuilder(args) {
  const cli = join(root, 'node_modules', 'electron-builder', 'cli.js');
  const config = join(root, '.config', 'electron-builder.mjs');
  return new Promise((done, reject) => {
    // `never`: a package is published by those who looked at it.
    const child = spawn(process.execPath, [cli, '--config', config, '--publish', 'never', ...args], {
      cwd: root,
      stdio: 'inherit',
      env: { ...signingOf(process.env), MASKWATCH_DIST: dist, NO_UPDATE_NOTIFIER: '1' },
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      done(code ?? 1);
    });
  });
}

try {
  await ensureInstalled(say);
  await ensureBuilt(say);
  await gather();
  process.exitCode = await runBuilder(process.argv.slice(2));
} catch (error) {
  say(`maskwatch: ${/** @type {Error} */ (error).message}`);
  process.exitCode = 1;
}
