// @ts-check
/** The bill of materials of a package (CycloneDX): npm's own for the lock file, cut down to what ships. */
import { execFileSync } from 'node:child_process';
import process from 'node:process';
import { root } from './build.mjs';

/**
 * @typedef {{ 'bom-ref': string, name: string, version: string, scope?: string, properties?: object[] }} Component
 * @typedef {{ metadata: { component: Component }, components: Component[], dependencies: { ref: string, dependsOn: string[] }[] }} Bom
 */

/**
 * @param {{ name: string, version: string }[]} shipped
 * @returns {Bom}
 * @throws {Error} naming what ships and is in no bill
 */
export function billOfMaterials(shipped) {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const npm = process.env['npm_execpath'];
  const [program, first] =
    npm !== undefined && /npm-cli\.[cm]?js$/.test(npm) ? [process.execPath, [npm]] : ['npm', []];
  const output = execFileSync(program, [...first, ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    shell: program === 'npm' && process.platform === 'win32',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  /** @type {Bom} */
  const bom = JSON.parse(output);
  const wanted = new Set(shipped.map(({ name, version }) => `${name}@${version}`));
  const components = bom.components.filter(({ name, version }) => wanted.has(`${name}@${version}`));
  const present = new Set(components.map(({ name, version }) => `${name}@${version}`));
  const missing = [...wanted].filter((one) => !present.has(one));
  if (missing.length > 0) throw new Error(`the bill of materials lacks ${missing.join(', ')}`);
  const refs = new Set([bom.metadata.component['bom-ref'], ...components.map((one) => one['bom-ref'])]);
  return {
    ...bom,
    // npm names it after the folder it lies in, and calls development what is bundled into the pages.
    metadata: { ...bom.metadata, component: { ...bom.metadata.component, name: 'maskwatch' } },
    components: components.map((one) => ({ ...one, scope: 'required', properties: [] })),
    dependencies: bom.dependencies
      .filter(({ ref }) => refs.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) })),
  };
}
