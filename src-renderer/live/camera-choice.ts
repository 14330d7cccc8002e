/** Which camera to open: the chosen one by id, else by name; what is asked of it. Pure. */
import type { CameraState } from '../../src-main/api';

export interface CameraDevice {
  deviceId: string;
  label: string;
}

/** What is asked of a camera; it gives what it can. */
export const WISH = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };

/** The wanted camera among those there are. Ids may change between starts; then the name tells. */
export function findCamera(
  devices: readonly CameraDevice[],
  wanted: CameraDevice | null,
): CameraDevice | undefined {
  if (wanted === null) return undefined;
  return (
    devices.find((device) => device.deviceId !== '' && device.deviceId === wanted.deviceId) ??
    devices.find((device) => device.label !== '' && device.label === wanted.label)
  );
}

/** The state of a camera that runs. */
export function runningState(track: MediaStreamTrack, message: string): CameraState {
  const { width, height } = track.getSettings();
  return {
    state: 'running',
    label: track.label.slice(0, 512),
    message: message.slice(0, 512),
    ...(width ? { width } : {}),
    ...(height ? { height } : {}),
  };
}

export function stopTracks(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
