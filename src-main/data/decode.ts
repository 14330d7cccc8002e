/** Decodes image files into RGB bytes. */
import sharp from 'sharp';
import { readWhole } from '../files';

/** A picture as width × height × 3 bytes, RGB, row by row. */
export interface Picture {
  width: number;
  height: number;
  data: Uint8Array;
}

/**
 * Decodes a JPEG, PNG or WebP file, turned as its EXIF orientation says, transparency on black.
 * @param file path
 * @param longest the longer side is shrunk to this many pixels where it is longer; 0 keeps every size
 * @throws Error naming the file when it cannot be read or decoded, or changes while it is read
 */
export async function decode(file: string, longest = 0): Promise<Picture> {
  // Read here: a decoder that is given a path leaves "not found" and "not an image" to be told apart.
  const bytes = await readWhole(file);
  try {
    let image = sharp(bytes, { failOn: 'error' }).autoOrient();
    if (longest > 0) image = image.resize(longest, longest, { fit: 'inside', withoutEnlargement: true });
    const { data, info } = await image
      .flatten({ background: '#000' })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data };
  } catch (error) {
    throw new Error(`cannot read the image ${file}: ${(error as Error).message}`, { cause: error });
  }
}
