/**
 * The photos page in a headless browser: finds faces in stills with the same detector and the same crops as
 * the live page. For the command line (`classify`, `import`) and the demo. A photo that brings the page down
 * costs that photo only: the next one opens a new page.
 */
import * as v from 'valibot';
import { photoFacesSchema, type PhotoFaces, type PhotosPageFunctions } from '../api';
import { servePhotos, type Page } from '../rpc';
import { launchBrowser, type Browser } from './browser';
import { startServer } from './server';

/** Milliseconds until a browser that has been started must have opened the page. */
const OPENING_TIMEOUT = 60_000;

export interface PhotosPage {
  /** See `PhotosPageFunctions.findFaces` of api.ts; one photo at a time is as fast as several. */
  findFaces(photo: Uint8Array, cropSize: number, threshold: number): Promise<PhotoFaces>;
  /** Ends the browser and the server. */
  close(): Promise<void>;
}

/**
 * Opens the page.
 * @throws Error in one sentence when no browser is installed or the page does not come up
 */
export async function openPhotosPage(): Promise<PhotosPage> {
  let arrived: (page: Page<PhotosPageFunctions>) => void = () => undefined;
  const server = await startServer({
    onPage: (name, channel) => {
      if (name === 'photos') arrived(servePhotos<PhotosPageFunctions>(channel));
    },
  });

  let browser: Browser | null = null;
  async function open(): Promise<Page<PhotosPageFunctions>> {
    await browser?.kill();
    const page = new Promise<Page<PhotosPageFunctions>>((resolve) => (arrived = resolve));
    const started = await launchBrowser({ address: server.ticket('photos'), window: 'headless' });
    browser = started;
    return await Promise.race([page, fails(started)]);
  }
  /** Rejects when the browser ends or takes too long. */
  async function fails(started: Browser): Promise<never> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<{ reason: string }>((resolve) => {
      timer = setTimeout(() => {
        resolve({ reason: 'it did not open the page in time' });
      }, OPENING_TIMEOUT);
      timer.unref();
    });
    const { reason } = await Promise.race([started.ended, late]);
    clearTimeout(timer);
    throw new Error(`the browser failed: ${reason}`);
  }

  let page: Page<PhotosPageFunctions>;
  try {
    page = await open();
  } catch (error) {
    await server.close();
    throw error;
  }
  return {
    async findFaces(photo, cropSize, threshold) {
      if (page.$closed) page = await open();
      const answer: unknown = await page.findFaces(photo, cropSize, threshold);
      const faces = v.parse(photoFacesSchema, answer);
      if (faces.crops.length !== faces.faces.length * cropSize * cropSize * 3) {
        throw new Error('the photos page sent crops of the wrong size');
      }
      return faces;
    },
    async close() {
      await browser?.kill();
      await server.close();
    },
  };
}
