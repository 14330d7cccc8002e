// @ts-check
/**
 * Looks at what electron-builder has packed, before it is signed or made an installer: the right files and native
 * binaries, no other system's, no photograph, no source map, no path of the machine it was built on. Lists the sizes.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { extractFile, getRawHeader } from '@electron/asar';
import { root } from './build.mjs';

/** The files without which nothing works. */
const NEEDED = [
  'package.json',
  'LICENSE',
  'out/main/desktop.js',
  'out/main/augment.worker.js',
  'out/main/job.process.js',
  'out/preload/preload.cjs',
  'out/renderer/live/index.html',
  'out/renderer/vision-assets/vision_wasm_module_internal.wasm',
  'out/renderer/vision-assets/face_detection_full_range.tflite',
  'models/student.onnx',
  'models/student.json',
];

/** @type {Record<string, string>} libsql's names for the systems. */
const LIBSQL = { linux: 'linux-ARCH-gnu', darwin: 'darwin-ARCH', win32: 'win32-ARCH-msvc' };

/**
 * The folders (in app.asar.unpacked/node_modules) that must hold a native binary, and the only ones that may.
 * @param {string} platform Node's name
 * @param {string} arch
 */
export const nativeFolders = (platform, arch) => [
  `onnxruntime-node/bin/napi-v6/${platform}/${arch}`,
  `@img/sharp-${platform}-${arch}`,
  `@libsql/${(LIBSQL[platform] ?? '').replace('ARCH', arch)}`,
];
/** Binaries that a package may also have: sharp's libraries, msgpackr's speed-up. */
const ALSO = ['@img/sharp-libvips-PLATFORM-ARCH', '@msgpackr-extract/msgpackr-extract-PLATFORM-ARCH'];

/** All that may be in the app. */
const FOLDERS = /^(package\.json|LICENSE|(out|models|assets|node_modules)\/.*)$/;
const PHOTO = /\.(jpe?g|heic|webp|avif|tiff?|mjpeg|mp4|webm|bmp|gif)$/i;
const NATIVE = /\.(node|dll|dylib|so)(\.[\d.]+)?$/;

/**
 * @typedef {{ size: number, unpacked?: boolean } | { files: Record<string, Entry> }} Entry
 * @typedef {{ path: string, size: number, unpacked: boolean }} File
 * @param {Entry} entry
 * @param {string} path
 * @returns {File[]}
 */
function list(entry, path) {
  if ('files' in entry)
    return Object.entries(entry.files).flatMap(([name, child]) =>
      list(child, path === '' ? name : `${path}/${name}`),
    );
  return [{ path, size: entry.size ?? 0, unpacked: entry.unpacked === true }];
}

/**
 * Every file of the app in an archive.
 * @param {string} archive path of app.asar
 * @returns {File[]}
 */
export const listArchive = (archive) => list(/** @type {any} */ (getRawHeader(archive).header), '');

/**
 * What is wrong with a packed app, a sentence each.
 * @param {string} resources the folder with app.asar
 * @param {string} platform
 * @param {string} arch
 * @returns {string[]}
 */
export function faultsOf(resources, platform, arch) {
  const archive = join(resources, 'app.asar');
  const files = listArchive(archive);
  const paths = new Set(files.map(({ path }) => path));
  const faults = NEEDED.filter((path) => !paths.has(path)).map((path) => `${path} is missing`);
  for (const name of ['licences.txt', 'sbom.cdx.json', 'privacy.md'])
    if (!existsSync(join(resources, name))) faults.push(`${name} is missing`);

  const wanted = nativeFolders(platform, arch).map((folder) => `node_modules/${folder}/`);
  const also = ALSO.map((one) => `node_modules/${one.replace('PLATFORM', platform).replace('ARCH', arch)}/`);
  const natives = files.filter(({ path }) => NATIVE.test(path));
  for (const folder of wanted)
    if (!natives.some(({ path }) => path.startsWith(folder)))
      faults.push(
        `no binary in ${folder}: packages for ${platform} ${arch} are made on such a machine, after npm ci`,
      );
  for (const { path, unpacked } of natives) {
    if (![...wanted, ...also].some((folder) => path.startsWith(folder)))
      faults.push(`${path} is of another system`);
    if (!unpacked || !existsSync(join(resources, 'app.asar.unpacked', path)))
      faults.push(`${path} is not unpacked`);
  }
  for (const { path } of files) {
    if (!FOLDERS.test(path)) faults.push(`${path} does not belong in it`);
    if (PHOTO.test(path)) faults.push(`${path} may be a photograph`);
    if (path.endsWith('.map')) faults.push(`${path} is a source map`);
    if (!path.startsWith('out/') || !/\.(c?js|html|css|json)$/.test(path)) continue;
    const text = extractFile(archive, path).toString();
    if (/sourceMappingURL=data:/.test(text)) faults.push(`${path} holds a source map`);
    if (text.includes(root)) faults.push(`${path} names the folder it was built in`);
  }
  return faults;
}

/** @param {string} folder @returns {number} */
const sizeOf = (folder) =>
  readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    return sum + (entry.isDirectory() ? sizeOf(path) : entry.isFile() ? statSync(path).size : 0);
  }, 0);

/**
 * The sizes of a packed app's parts in bytes, the largest first.
 * @param {string} appFolder
 * @param {string} resources
 * @returns {[part: string, bytes: number][]}
 */
export function sizesOf(appFolder, resources) {
  /** @type {Record<string, number>} */
  const sums = {};
  for (const { path, size } of listArchive(join(resources, 'app.asar'))) {
    const [first = '', second = '', third = ''] = path.split('/');
    const part = first === 'node_modules' ? (second.startsWith('@') ? `${second}/${third}` : second) : first;
    sums[part] = (sums[part] ?? 0) + size;
  }
  const app = Object.values(sums).reduce((a, b) => a + b, 0);
  sums['Electron and the rest'] = Math.max(0, sizeOf(appFolder) - app);
  return Object.entries(sums).sort(([, a], [, b]) => b - a);
}

/**
 * electron-builder's afterPack: refuses what is wrong, and lists what is large.
 * @param {import('electron-builder').AfterPackContext} context
 * @throws {Error} with a sentence for each fault
 */
export async function checkPackage(context) {
  const { Arch } = await import('electron-builder');
  const { appOutDir, electronPlatformName, arch, packager } = context;
  const resources = packager.getResourcesDir(appOutDir);
  const faults = faultsOf(resources, electronPlatformName, Arch[arch]);
  if (faults.length > 0) throw new Error(`what was packed is not right:\n${faults.join('\n')}`);
  const sizes = sizesOf(appOutDir, resources);
  const megabytes = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(1).padStart(7);
  const rest = sizes.slice(8).reduce((sum, [, bytes]) => sum + bytes, 0);
  const lines = [...sizes.slice(0, 8), /** @type {[string, number]} */ (['all else', rest])];
  process.stderr.write(`${lines.map(([part, bytes]) => `${megabytes(bytes)} MB  ${part}`).join('\n')}\n`);
}
