/**
 * The photos page: decodes stills and has a worker find their faces, for main's `classify` and `import`. Shows
 * nothing. A photo that brings the worker down costs that photo only.
 */
import type { PhotosPageFunctions } from '../../src-main/api';
import { connect } from '../connection';
import { FaceFinder } from './face-finder';

/** Longest side that the contract carries. */
const LONGEST_SIDE = 16384;

let finder: FaceFinder | undefined;

async function decode(photo: Uint8Array): Promise<ImageBitmap> {
  // The bytes are copied: they may lie in shared memory, which a Blob does not take.
  const bitmap = await createImageBitmap(new Blob([new Uint8Array(photo)])).catch(() => {
    throw new Error('not a readable image');
  });
  if (Math.max(bitmap.width, bitmap.height) > LONGEST_SIDE) {
    bitmap.close();
    throw new Error(`larger than ${LONGEST_SIDE} pixels on a side`);
  }
  return bitmap;
}

const functions: PhotosPageFunctions = {
  async findFaces(photo, cropSize, threshold) {
    const bitmap = await decode(photo);
    finder ??= new FaceFinder();
    try {
      return await finder.find(bitmap, cropSize, threshold);
    } catch (error) {
      finder.close();
      finder = undefined;
      throw error;
    }
  },
};

connect(functions);
