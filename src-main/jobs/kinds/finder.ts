/** The detector for jobs that look at stills: opened when it is first asked for, and still while the job is held. */
import type { FaceFinder } from '../../data/import/cut';
import { openPhotosPage, type PhotosPage } from '../../kiosk/photos';
import type { Gate } from '../gate';

export function patiently(gate: Gate) {
  let page: PhotosPage | undefined;
  return {
    get opened(): boolean {
      return page !== undefined;
    },
    open: async (): Promise<FaceFinder> => {
      const opened = (page = await openPhotosPage());
      return {
        findFaces: async (...of) => {
          await gate.pass();
          return opened.findFaces(...of);
        },
      };
    },
    close: async (): Promise<void> => page?.close(),
  };
}
