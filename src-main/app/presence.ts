/** Whether somebody is watched: the page that does gives a sign of life about once a second, its camera pictures. */
import type { CameraState } from '../api';
import type { NotWatching } from '../outputs/webhook-message';

/** Milliseconds without a sign of life after which a page does not watch. */
const PAGE_SILENT = 10_000;

export class Presence {
  #cameraRuns = false;
  /** When a page last gave a sign of life, by performance.now(). */
  #alive = -Infinity;

  /** A page gave a sign of life. */
  alive(): void {
    this.#alive = performance.now();
  }

  cameraChanged({ state }: CameraState): void {
    this.alive();
    this.#cameraRuns = state === 'running';
  }

  /** Why nobody is watched now; null while somebody is. */
  notWatching(paused: boolean, hasPage: boolean): NotWatching | null {
    if (paused) return 'paused';
    if (!hasPage || performance.now() - this.#alive > PAGE_SILENT) return 'page';
    return this.#cameraRuns ? null : 'camera';
  }
}
