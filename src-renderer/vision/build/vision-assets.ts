/**
 * Vite plugin: puts MediaPipe's WebAssembly and the face detector's model beside the pages, in the build and on
 * the dev server. Runs in Node. Nothing is fetched and no model is committed: all of it is in npm packages.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Plugin } from 'vite';
import { addFaceDetectorMetadata } from './tflite-metadata';

/** Folder of the assets in the renderer's output; face-detector.ts looks for them there. */
export const ASSET_FOLDER = 'vision-assets';

const require = createRequire(import.meta.url);
const wasmFolder = () => join(dirname(require.resolve('@mediapipe/tasks-vision')), 'wasm');
const modelFolder = () => dirname(require.resolve('@mediapipe/face_detection/package.json'));

/** The shipped files: module workers need the module loader and its binary, and nothing else. */
const ASSETS: { name: string; type: string; read: () => Promise<Uint8Array> }[] = [
  {
    name: 'vision_wasm_module_internal.js',
    type: 'text/javascript',
    read: () => readFile(join(wasmFolder(), 'vision_wasm_module_internal.js')),
  },
  {
    name: 'vision_wasm_module_internal.wasm',
    type: 'application/wasm',
    read: () => readFile(join(wasmFolder(), 'vision_wasm_module_internal.wasm')),
  },
  {
    name: 'face_detection_full_range.tflite',
    type: 'application/octet-stream',
    read: async () =>
      addFaceDetectorMetadata(await readFile(join(modelFolder(), 'face_detection_full_range.tflite'))),
  },
];

/** @returns the plugin; building fails with the file's name when a package lacks it */
export function visionAssets(): Plugin {
  return {
    name: 'vision-assets',
    // Found only when a worker loads it, it would make the dev server reload the page.
    config: () => ({ optimizeDeps: { include: ['@mediapipe/tasks-vision'] } }),
    async generateBundle() {
      for (const asset of ASSETS) {
        this.emitFile({
          type: 'asset',
          fileName: `${ASSET_FOLDER}/${asset.name}`,
          source: await asset.read(),
        });
      }
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const path = new URL(request.url ?? '/', 'http://localhost').pathname;
        const asset = ASSETS.find(({ name }) => path.endsWith(`/${ASSET_FOLDER}/${name}`));
        if (asset === undefined) return next();
        asset
          .read()
          .then((bytes) => response.setHeader('Content-Type', asset.type).end(bytes))
          .catch(next);
      });
    },
  };
}
