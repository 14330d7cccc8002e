/** Why a camera could not be opened, as a state of api.ts and in plain words. */
import type { CameraState } from '../../src-main/api';
import { texts } from '../texts';

export type Fault = Pick<CameraState, 'state' | 'message'>;

/**
 * @param error what getUserMedia threw
 * @param lost the label of the camera that was in use before, or null
 */
export function faultOf(error: unknown, lost: string | null): Fault {
  const words = texts.camera;
  const name = error instanceof DOMException ? error.name : '';
  switch (name) {
    case 'NotFoundError':
    case 'OverconstrainedError':
      return lost === null
        ? { state: 'absent', message: words.absent }
        : { state: 'lost', message: words.lost(lost) };
    case 'NotAllowedError':
    case 'SecurityError':
      return { state: 'denied', message: words.denied };
    case 'NotReadableError':
      return { state: 'busy', message: words.busy };
    default: {
      const reason = error instanceof Error && error.message !== '' ? error.message : String(error);
      return { state: 'failed', message: words.failed(reason.replace(/\.$/, '').slice(0, 200)) };
    }
  }
}
