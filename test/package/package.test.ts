/**
 * What is in a package of the desktop app: electron-builder packs the real build with the real configuration around a
 * stand-in for Electron, and what came out is listed, looked through and (but for Electron) run. Nothing is fetched: a
 * web proxy that leads nowhere is set.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { extractAll, getRawHeader } from '@electron/asar';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { projectRoot } from '../../src-main/pages';
import { faultsOf, listArchive, sizesOf } from '../../src-main/setup/check-package.mjs';
import { signingOf } from '../../src-main/setup/signing.mjs';
import { linuxStandIn, macStandIn } from './stand-in';

const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-package-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** `npm run package` with a stand-in; gives what it said. */
async function pack(electron: string, ...args: string[]): Promise<{ failed: boolean; output: string }> {
  const nowhere = 'http://127.0.0.1:9';
  const env = {
    ...process.env,
    MASKWATCH_DIST: join(folder, 'dist'),
    MASKWATCH_ELECTRON: electron,
    HTTPS_PROXY: nowhere,
    HTTP_PROXY: nowhere,
    XDG_CACHE_HOME: join(folder, 'cache'),
    // Vitest's own, which would leak into the build if there were one.
    NODE_ENV: undefined,
    VITEST: undefined,
  };
  const script = join(projectRoot(), 'src-main', 'setup', 'package.mjs');
  try {
    const { stdout, stderr } = await run(process.execPath, [script, ...args], { env });
    return { failed: false, output: stdout + stderr };
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return { failed: true, output: stdout + stderr };
  }
}

describe.skipIf(process.platform !== 'linux')('a package for Linux', () => {
  let app: string;
  let resources: string;
  let output: string;
  beforeAll(async () => {
    const electron = join(folder, 'electron');
    await linuxStandIn(electron);
    const packed = await pack(electron, '--linux', 'dir');
    output = packed.output;
    expect(packed.failed, output).toBe(false);
    app = join(folder, 'dist', process.arch === 'x64' ? 'linux-unpacked' : `linux-${process.arch}-unpacked`);
    resources = join(app, 'resources');
  });

  it('has what it needs and nothing else, and the sizes were listed', () => {
    expect(faultsOf(resources, 'linux', process.arch)).toEqual([]);
    expect(output).toMatch(/\d\.\d MB {2}onnxruntime-node/);
    const names = listArchive(join(resources, 'app.asar')).map(({ path }) => path);
    for (const unwanted of [
      /@vladmandic/,
      /opencv/,
      /nsfwjs|huggingface/,
      /^src-/,
      /^test/,
      /^docs/,
      /face-api/,
      /playwright/,
      /darwin|win32/,
    ])
      expect(names.filter((name) => unwanted.test(name) && !name.startsWith('node_modules/semver'))).toEqual(
        [],
      );
    const total = sizesOf(app, resources).reduce((sum, [, bytes]) => sum + bytes, 0);
    // A second system's ONNX Runtime, a map or a teacher would be more.
    expect(total).toBeLessThan(120e6);
  });

  it('has its switches set: no Node in it, no debugger, only this archive', async () => {
    const wire = await getCurrentFuseWire(join(app, 'maskwatch'));
    const on = Object.entries(FuseV1Options).flatMap(([name, index]) =>
      typeof index === 'number' && Number(wire[index as FuseV1Options]) === '1'.charCodeAt(0) ? [name] : [],
    );
    expect(on.sort()).toEqual([
      'EnableCookieEncryption',
      'EnableEmbeddedAsarIntegrityValidation',
      'OnlyLoadAppFromAsar',
    ]);
  });

  it('carries licences and a bill of materials of the very packages that are in it', async () => {
    const names = listArchive(join(resources, 'app.asar')).flatMap(({ path }) => {
      const match = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(path);
      return match === null ? [] : [match[1]!];
    });
    const licences = await readFile(join(resources, 'licences.txt'), 'utf8');
    const bom = JSON.parse(await readFile(join(resources, 'sbom.cdx.json'), 'utf8')) as {
      bomFormat: string;
      components: { name: string }[];
    };
    expect(bom.bomFormat).toBe('CycloneDX');
    const listed = new Set(bom.components.map(({ name }) => name));
    expect(names.filter((name) => !listed.has(name))).toEqual([]);
    expect(names.filter((name) => !licences.includes(`\n${name} `))).toEqual([]);
    for (const bundled of ['svelte', '@mediapipe/tasks-vision', 'electron'])
      expect(listed).toContain(bundled);
    const list = licences.slice(0, licences.indexOf('===='));
    // Each text is there, and each is of a licence that lets us ship it.
    for (const [, name, licence] of list.matchAll(/^(\S+ \S+): (.*)$/gm)) {
      expect(licence, name).toMatch(
        /^(MIT|ISC|Python-2\.0|BlueOak-1\.0\.0|0BSD|BSD-[23]-Clause|Apache-2\.0|\(MIT OR CC0-1\.0\)|LGPL-3\.0-or-later)$/,
      );
      const text = licences.split(`\n${name!}\n${'='.repeat(100)}\n`)[1]?.split('='.repeat(100))[0] ?? '';
      expect(text.trim().length, `the licence's text of ${name!}`).toBeGreaterThan(150);
    }
  });

  it('has no update information: nothing in it knows where to ask', () => {
    expect(existsSync(join(resources, 'app-update.yml'))).toBe(false);
  });

  it('judges a face with what is in it alone', async () => {
    const bare = join(folder, 'bare');
    extractAll(join(resources, 'app.asar'), bare);
    const crop = join(folder, 'crop.png');
    await sharp({ create: { width: 112, height: 112, channels: 3, background: { r: 200, g: 160, b: 140 } } })
      .png()
      .toFile(crop);
    const args = [
      join(bare, 'out', 'main', 'cli.js'),
      'classify',
      crop,
      '--crops',
      '--json',
      '--provider',
      'cpu',
    ];
    const { stdout } = await run(process.execPath, args, { cwd: folder });
    expect(JSON.parse(stdout)).toMatchObject({ file: crop });
    // SQLite's binary too.
    const sql = `const D = require('libsql'); console.log(new D(':memory:').prepare('select 6 * 7 as n').get().n)`;
    expect((await run(process.execPath, ['-e', sql], { cwd: bare })).stdout.trim()).toBe('42');
  });
});

describe.skipIf(process.platform === 'win32')('a package for another system', () => {
  const platform = process.platform === 'darwin' ? 'linux' : 'darwin';
  it.skipIf(platform !== 'darwin')(
    'is refused, saying why; macOS’ asks for the camera in words and seals the archive',
    async () => {
      const electron = join(folder, 'electron-mac');
      await mkdir(electron);
      await macStandIn(electron);
      const { failed, output } = await pack(electron, '--mac', 'dir', '--arm64');
      expect(failed).toBe(true);
      expect(output).toMatch(
        /no binary in \S+sharp-darwin-arm64\/: packages for darwin arm64 are made on such a machine/,
      );
      const contents = join(folder, 'dist', 'mac-arm64', 'maskwatch.app', 'Contents');
      const plist = await readFile(join(contents, 'Info.plist'), 'utf8');
      expect(plist).toMatch(/<key>NSCameraUsageDescription<\/key>\s*<string>maskwatch looks at the camera/);
      const { headerString } = getRawHeader(join(contents, 'Resources', 'app.asar'));
      expect(plist).toContain(createHash('sha256').update(headerString).digest('hex'));
      expect(plist).toMatch(/<key>ElectronAsarIntegrity<\/key>/);
    },
  );
});

it('the check sees what does not belong in a package', async () => {
  const { createPackageWithOptions } = await import('@electron/asar');
  const bad = join(folder, 'bad');
  await mkdir(join(bad, 'out', 'main'), { recursive: true });
  await mkdir(join(bad, 'node_modules', 'onnxruntime-node', 'bin', 'napi-v6', 'win32', 'x64'), {
    recursive: true,
  });
  await writeFile(join(bad, 'out', 'main', 'desktop.js'), `// ${projectRoot()}/src-main/desktop/main.ts`);
  await writeFile(join(bad, 'out', 'main', 'desktop.js.map'), '{}');
  await writeFile(join(bad, 'visitor.jpg'), '');
  await writeFile(join(bad, 'node_modules/onnxruntime-node/bin/napi-v6/win32/x64/onnxruntime.dll'), 'x');
  await createPackageWithOptions(bad, join(folder, 'app.asar'), {});
  const faults = faultsOf(folder, 'linux', 'x64').join('\n');
  for (const fault of [
    'out/main/desktop.js names the folder it was built in',
    'desktop.js.map is a source map',
    'visitor.jpg may be a photograph',
    'visitor.jpg does not belong in it',
    'onnxruntime.dll is of another system',
    'onnxruntime.dll is not unpacked',
    'models/student.onnx is missing',
    'licences.txt is missing',
  ])
    expect(faults).toContain(fault);
});

it('a secret that a project does not have is none, though a workflow gives it as empty text', () => {
  const env = {
    PATH: '/bin',
    EMPTY: '',
    CSC_LINK: '',
    CSC_KEY_PASSWORD: ' ',
    APPLE_ID: '',
    WIN_CSC_LINK: 'a',
  };
  expect(signingOf(env)).toEqual({ PATH: '/bin', EMPTY: '', WIN_CSC_LINK: 'a' });
});

it('the workflow that makes the real packages calls what there is, and may do no more than read', async () => {
  const text = await readFile(join(projectRoot(), '.github', 'workflows', 'package.yml'), 'utf8');
  const workflow = parse(text) as {
    permissions: unknown;
    jobs: Record<
      string,
      { steps: { run?: string }[]; strategy?: { matrix: { include: { system: string }[] } } }
    >;
  };
  expect(workflow.permissions).toEqual({ contents: 'read' });
  const systems = workflow.jobs['package']!.strategy!.matrix.include.map(({ system }) => system);
  expect(systems).toEqual(['--linux', '--win', '--mac']);
  const manifest = await readFile(join(projectRoot(), 'package.json'), 'utf8');
  const { scripts } = JSON.parse(manifest) as { scripts: Record<string, string> };
  const commands = Object.values(workflow.jobs).flatMap(({ steps }) =>
    steps.flatMap(({ run: command }) => command ?? []),
  );
  expect(commands).toContain('.ci/run');
  for (const command of commands) {
    const script = /^npm run (\S+)/.exec(command)?.[1];
    if (script !== undefined) expect(Object.keys(scripts)).toContain(script);
    else expect(command).toMatch(/^(\.ci\/run|npm ci|npm audit --omit=dev)$/);
  }
});
