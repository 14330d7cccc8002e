/** Why a camera could not be opened, as a state of api.ts and in plain words. */
import type { CameraState } from '../../src-main/api';
import { text } from '../texts.svelte';

export type Fault = Pick<CameraState, 'state' | 'message'>;

/**
 * @param error what getUserMedia threw
 * @param lost the label of the camera that was in use before, or null
 */
export function faultOf(error: unknown, lost: string | null): Fault {
  const name = error instanceof DOMException ? error.name : '';
  switch (name) {
    case 'NotFoundError':
    case 'OverconstrainedError':
      return lost === null
        ? { state: 'absent', message: text('camera.absent') }
        : { state: 'lost', message: text('camera.lost', { label: lost }) };
    case 'NotAllowedError':
    case 'SecurityError':
      return { state: 'denied', message: text('camera.denied') };
    case 'NotReadableError':
      return { state: 'busy', message: text('camera.busy') };
    default: {
      const reason = error instanceof Error && error.message !== '' ? error.message : String(error);
      return {
        state: 'failed',
        message: text('camera.failed', { reason: reason.replace(/\.$/, '').slice(0, 200) }),
      };
    }
  }
}
