/**
 * The build: main (Node: desktop host, command line, worker threads), preload and renderer, each bundled by
 * Vite. The command line and the browser host run the same main bundle as Electron does.
 */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'electron-vite';
import { visionAssets } from './src-renderer/vision/build/vision-assets';

/** setup/build.mjs builds in a folder beside and swaps it in when it is whole. */
const out = process.env['MASKWATCH_OUT'] ?? 'out';

export default defineConfig({
  main: {
    build: {
      outDir: `${out}/main`,
      target: 'node20',
      minify: false,
      rollupOptions: {
        input: {
          desktop: 'src-main/desktop/main.ts',
          cli: 'src-main/cli/main.ts',
          'augment.worker': 'src-main/data/augment.worker.ts',
          'job.process': 'src-main/jobs/job.process.ts',
          'scene.worker': 'src-main/data/scene.worker.ts',
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: `${out}/preload`,
      // A sandboxed preload is one CommonJS file with nothing to require but electron.
      externalizeDeps: false,
      rollupOptions: {
        input: { preload: 'src-main/desktop/preload.ts' },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: 'src-renderer',
    base: './',
    plugins: [svelte(), visionAssets()],
    worker: { format: 'es' },
    build: {
      outDir: `${out}/renderer`,
      target: 'chrome130',
      // Of the packages that are bundled into the pages; `npm run package` lists them with the others.
      license: { fileName: 'licences.json' },
      rollupOptions: {
        input: {
          live: 'src-renderer/live/index.html',
          desk: 'src-renderer/desk/index.html',
          photos: 'src-renderer/photos/index.html',
          rest: 'src-renderer/rest/index.html',
        },
      },
    },
  },
});
