/** Finds the faces of stills away from the page's own thread; MediaPipe's module loader needs a module worker. */
import { createBirpc } from 'birpc';
import type { PhotoFaces } from '../../src-main/api';
import { CROP_MARGIN } from '../../src-main/geometry';
import { CropCutter } from '../vision/crops';
import { FaceDetector } from '../vision/face-detector';
import { facesOfStill } from '../vision/stills';

export type FindFaces = (photo: ImageBitmap, cropSize: number, threshold: number) => Promise<PhotoFaces>;

const detector = FaceDetector.open();
detector.catch(() => undefined); // findFaces tells
const cutter = new CropCutter();

const findFaces: FindFaces = async (photo, cropSize, threshold) => {
  try {
    return facesOfStill(await detector, cutter, photo, { cropSize, cropMargin: CROP_MARGIN, threshold });
  } finally {
    photo.close();
  }
};

createBirpc(
  { findFaces },
  {
    post: (message: unknown) => self.postMessage(message),
    on: (listener) => {
      self.onmessage = (event) => listener(event.data);
    },
  },
);
