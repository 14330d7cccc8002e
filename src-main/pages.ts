/**
 * The pages of out/renderer and the headers they are served with, the same in both hosts: nothing but our own
 * files is loaded, WebAssembly may be compiled, nothing is framed, and only the camera may be asked for.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The pages there are; each is a folder with an index.html. */
export const PAGES = ['live', 'desk', 'photos'] as const;
export type PageName = (typeof PAGES)[number];

/** The page that needs no main: what the screen shows while the live page is given a rest. */
export type ShownPage = PageName | 'rest';

/** What the rest page is told, at the end of its address. @param until milliseconds since the epoch */
export const restFragment = (until: number, languages: readonly string[]): string =>
  `#until=${String(until)}&languages=${languages.join(',')}`;

export const isPageName = (name: unknown): name is PageName => PAGES.some((page) => page === name);

/** The project's folder (with package.json), from where this runs: out/main, its chunks, or src-main under test. */
export function projectRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('maskwatch was moved out of its folder: no package.json above it');
    folder = parent;
  }
  return folder;
}

/** The folder the pages are served from. */
export const pagesFolder = (): string => join(projectRoot(), 'out', 'renderer');

/**
 * Headers for every file served to a page.
 * @param connections where the page may open connections to, besides its own origin, e.g. `ws://127.0.0.1:4000`
 */
export function pageHeaders(connections: readonly string[] = []): Record<string, string> {
  const policy = {
    'default-src': "'self'",
    'script-src': "'self' 'wasm-unsafe-eval'",
    // Components set sizes and colours as they run; a style cannot call anything.
    'style-src': "'self' 'unsafe-inline'",
    'img-src': "'self' blob: data:",
    'media-src': "'self' blob:",
    'worker-src': "'self'",
    'connect-src': ["'self'", ...connections].join(' '),
    'object-src': "'none'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
  };
  return {
    'Content-Security-Policy': Object.entries(policy)
      .map(([name, value]) => `${name} ${value}`)
      .join('; '),
    // Cross-origin isolation: finer clocks and shared memory for the detector, and no window can reach ours.
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy':
      'camera=(self), microphone=(), geolocation=(), display-capture=(), usb=(), serial=()',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  };
}
