/** The photos page's side of its worker: one photo after another. */
import { createBirpc, type BirpcReturn } from 'birpc';
import type { PhotoFaces } from '../../src-main/api';
import type { FindFaces } from './photos.worker';
import PhotosWorker from './photos.worker?worker';

/** Milliseconds for one photo, the first of which includes loading the detector. */
const TIMEOUT = 55_000;

export class FaceFinder {
  readonly #worker = new PhotosWorker({ name: 'photos' });
  readonly #calls: BirpcReturn<{ findFaces: FindFaces }>;

  constructor() {
    this.#calls = createBirpc<{ findFaces: FindFaces }>(
      {},
      {
        post: (message: unknown) => this.#worker.postMessage(message),
        on: (listener) => {
          this.#worker.onmessage = (event) => listener(event.data);
        },
        timeout: TIMEOUT,
      },
    );
    this.#worker.onerror = (event) =>
      this.#calls.$close(new Error(`the face detector failed: ${event.message || 'it could not be loaded'}`));
  }

  /** Closes the bitmap when done. @throws Error when the detector fails; close this and make another then */
  async find(photo: ImageBitmap, cropSize: number, threshold: number): Promise<PhotoFaces> {
    try {
      return await this.#calls.findFaces(photo, cropSize, threshold);
    } finally {
      photo.close(); // The worker has its own copy.
    }
  }

  close(): void {
    this.#worker.terminate();
    if (!this.#calls.$closed) this.#calls.$close(new Error('the face detector was stopped'));
  }
}
