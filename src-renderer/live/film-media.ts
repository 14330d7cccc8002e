/** A film as the only camera of the page: a track that whoever plays the film writes its frames to. */
import type { Media } from './camera.svelte';

/** @param name of the film, shown as the camera's */
export const filmMedia = (name: string): Media => ({
  getUserMedia: () => Promise.resolve(new MediaStream([new MediaStreamTrackGenerator({ kind: 'video' })])),
  enumerateDevices: () =>
    Promise.resolve([
      { deviceId: 'film', groupId: '', kind: 'videoinput', label: name, toJSON: () => ({ label: name }) },
    ]),
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
});
