/** Decodes image files into RGB bytes. */
import sharp from 'sharp';
import { readWhole } from '../files';

/** Pixels that a photo may unpack to, however small its file is: 300 MB as RGB. */
const MOST_PIXELS = 100e6;

/** A picture as width × height × 3 bytes, RGB, row by row. */
export interface Picture {
  width: number;
  height: number;
  data: Uint8Array;
}

/** How the formats begin. Others that the decoder knows (drawings, which may name other files) are not let in. */
const isPhoto = (bytes: Buffer): boolean =>
  /^(\xff\xd8\xff|\x89PNG\r\n|RIFF[^]{4}WEBP)/.test(bytes.toString('latin1', 0, 12));

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
    return await decodeBytes(bytes, longest);
  } catch (error) {
    throw new Error(`cannot read the image ${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** The same with the file's bytes. @throws Error when they cannot be decoded */
export async function decodeBytes(bytes: Buffer, longest = 0): Promise<Picture> {
  if (!isPhoto(bytes)) throw new Error('it is no JPEG, PNG or WebP');
  let image = sharp(bytes, { failOn: 'error', limitInputPixels: MOST_PIXELS }).autoOrient();
  if (longest > 0) image = image.resize(longest, longest, { fit: 'inside', withoutEnlargement: true });
  const { data, info } = await image
    .flatten({ background: '#000' })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}
