/**
 * Tests in three projects. `node`: test/ but for test/renderer and test/e2e, and test/renderer's *.node.test.ts.
 * `browser`: the other test/renderer files, run inside the installed Chromium (components, and what needs the DOM).
 * `e2e`: the whole app, after the others.
 */
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { findBrowser } from '../src-main/setup/find-browser.mjs';

// What runs tests tells nobody either (see src-main/onnx/no-telemetry.ts).
process.env['ORT_DISABLE_TELEMETRY'] = '1';

const root = fileURLToPath(new URL('..', import.meta.url));
const browser = findBrowser();

export default defineConfig({
  root,
  test: {
    globalSetup: ['test/setup.ts'],
    reporters: ['default', './test/reporter.ts'],
    // Chromium, ONNX Runtime and worker threads share few cores.
    maxWorkers: 2,
    projects: [
      {
        root,
        test: {
          name: 'node',
          environment: 'node',
          include: ['test/**/*.test.ts'],
          exclude: ['test/renderer/**/!(*.node).test.ts', 'test/e2e/**', 'node_modules/**'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        root,
        test: {
          name: 'e2e',
          environment: 'node',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // After the others, one at a time: what they show is a film in its own time, which a busy machine misses.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        root,
        plugins: [svelte()],
        test: {
          name: 'browser',
          include: ['test/renderer/**/!(*.node).test.ts'],
          testTimeout: 30_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            instances: [{ browser: 'chromium' }],
            provider: playwright({
              launchOptions: {
                ...(browser === null ? {} : { executablePath: browser }),
                args: [
                  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
                  '--disable-quic',
                  '--enable-unsafe-swiftshader',
                  '--use-fake-ui-for-media-stream',
                  '--use-fake-device-for-media-stream',
                ],
              },
            }),
          },
        },
      },
    ],
  },
});
