// @ts-check
/**
 * What is in the packages of the desktop app and how they are made; `npm run package` runs electron-builder with it.
 * Nothing of it needs the network but Electron's archive and the tools of the installers (NSIS, AppImage, deb).
 */
import process from 'node:process';
import { checkPackage } from '../src-main/setup/check-package.mjs';

/** A folder or archive of Electron that is there already, for machines that cannot fetch one. */
const electronDist = process.env['MASKWATCH_ELECTRON'];

/** Where `npm run package` works. */
const dist = process.env['MASKWATCH_DIST'] ?? 'dist';

/**
 * Where packages look for newer ones: a web address, given when they are built. Without it (as it is) no update
 * information is written into them, and even with it maskwatch asks only where it is run with MASKWATCH_UPDATE=on
 * (src-main/desktop/updates.ts).
 */
const updates = process.env['MASKWATCH_UPDATES'];

/** Everything else in the project's folder stays out. */
const files = [
  'package.json',
  'LICENSE',
  'out/main/**',
  'out/preload/**',
  'out/renderer/**',
  // Every student, and its eight-bit form: the watch takes the one that suits its machine.
  'models/student{,-*}{,.int8}.{onnx,json}',
  'assets/{beards,icons,languages,masks,sounds}/**',
  // Teachers and baselines are for those who train; the shipped student needs neither.
  '!node_modules/{@vladmandic,@techstark,nsfwjs}/**',
  '!node_modules/onnxruntime-node/{script,lib}/**',
  // Electron runs on glibc alone.
  '!node_modules/@libsql/linux-*musl*/**',
  '!node_modules/@img/sharp-*linuxmusl-*/**',
  '!node_modules/@img/sharp-{wasm32,webcontainers-wasm32,freebsd-wasm32}/**',
  '!**/*.musl.node',
  // They name the paths of the machines they were built on, or are for those who build.
  '!**/*.map',
  '!**/*.{d.ts,d.cts,d.mts,tsbuildinfo,md,markdown}',
  '!node_modules/**/{test,tests,__tests__,example,examples,benchmark,docs}/**',
  '!node_modules/**/*.{cc,cpp,h,gyp,gypi}',
  // No photograph, whoever's it is.
  '!**/*.{jpg,jpeg,heic,webp,avif,tif,tiff,mjpeg,mp4,webm}',
];

/**
 * ONNX Runtime carries every system's binaries: all but one system's are left out. ${arch} is electron-builder's; a
 * list of exclusions alone, in a system's section, would include everything else of the folder.
 * @param {string} platform Node's name of the system that is packed for
 */
const filesFor = (platform) => [
  ...files,
  `!node_modules/onnxruntime-node/bin/napi-v*/!(${platform})/**`,
  `!node_modules/onnxruntime-node/bin/napi-v*/${platform}/!(\${arch})/**`,
];

/** @type {import('electron-builder').Configuration} */
export default {
  appId: 'org.maskwatch.app',
  productName: 'maskwatch',
  copyright: 'MIT licence',
  directories: { output: dist, buildResources: `${dist}/resources` },
  ...(electronDist ? { electronDist } : {}),
  // Our native modules are N-API: one binary for Node and Electron, nothing to compile.
  npmRebuild: false,
  asar: true,
  // What the system's loader opens must be a file of its own.
  asarUnpack: [
    '**/*.node',
    'node_modules/onnxruntime-node/bin/**',
    'node_modules/@img/**',
    'node_modules/@libsql/**',
  ],
  // Written by `npm run package` into dist/resources.
  extraResources: [
    { from: `${dist}/resources/licences.txt`, to: 'licences.txt' },
    { from: `${dist}/resources/sbom.cdx.json`, to: 'sbom.cdx.json' },
    { from: 'docs/privacy.md', to: 'privacy.md' },
  ],
  afterPack: checkPackage,
  // What Electron could do besides being maskwatch. A process beside main is a utilityProcess, never Electron as Node.
  electronFuses: {
    runAsNode: false,
    enableNodeOptionsEnvironmentVariable: false,
    enableNodeCliInspectArguments: false,
    enableCookieEncryption: true,
    enableEmbeddedAsarIntegrityValidation: true,
    onlyLoadAppFromAsar: true,
    grantFileProtocolExtraPrivileges: false,
    loadBrowserProcessSpecificV8Snapshot: false,
    resetAdHocDarwinSignature: process.platform === 'darwin',
  },
  publish: updates ? { provider: 'generic', url: updates } : null,
  // The systems that ONNX Runtime, sharp and libsql all have binaries for.
  win: {
    target: { target: 'nsis', arch: ['x64'] },
    icon: `${dist}/resources/icon.ico`,
    files: filesFor('win32'),
  },
  nsis: {
    oneClick: false,
    perMachine: true,
    allowToChangeInstallationDirectory: true,
    deleteAppDataOnUninstall: false,
  },
  mac: {
    target: { target: 'dmg', arch: ['arm64'] },
    files: filesFor('darwin'),
    icon: `${dist}/resources/icon.icns`,
    category: 'public.app-category.utilities',
    hardenedRuntime: true,
    gatekeeperAssess: false,
    entitlements: 'assets/package/entitlements.plist',
    entitlementsInherit: 'assets/package/entitlements.plist',
    extendInfo: {
      NSCameraUsageDescription:
        'maskwatch looks at the camera’s picture to tell whether masks are worn correctly. The picture stays on this computer.',
    },
  },
  linux: {
    target: ['AppImage', 'deb'],
    files: filesFor('linux'),
    icon: `${dist}/resources/icons`,
    category: 'Utility',
    maintainer: 'maskwatch maintainers <maskwatch@localhost>',
    synopsis: 'Says on the live picture how each face wears its mask',
  },
};
