/**
 * Finds pictures that are the same one again: saved anew, resized, blurred, turned, mirrored, brightened. Public
 * sets are full of such copies, and one on each side of a split makes a test look better than it is.
 */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { CloseVectors } from './close-vectors';
import { decode } from './decode';
import { invariants, type Signature, signature, SIGNATURE_SIDE, similarity } from './signature';
import { Unions } from './split';

export interface NearCopyOptions {
  /** Lowest correlation of two pictures that counts as a copy, 0 to 1. */
  threshold?: number;
  /** Told after every picture looked at. */
  onProgress?: (done: number, of: number) => void;
  signal?: AbortSignal;
}

/** By looking at pairs of public sets: from .96 up all are copies, from .94 nearly all; a few too many do no harm. */
const THRESHOLD = 0.94;
/** Pictures decoded at once. */
const AT_ONCE = 4;

/** Signatures made before, by path, size and time of change: a run that trains and then evaluates reads once. */
const known = new Map<string, Signature | null>();
/** Of more pictures than this the later ones are read again: 1 kB each would add up. */
const MOST_KNOWN = 30_000;

async function signatureOf(file: string): Promise<Signature | null> {
  const { size, mtimeMs } = await stat(file).catch(() => ({ size: 0, mtimeMs: 0 }));
  const key = `${file}\n${String(size)}\n${String(mtimeMs)}`;
  let found = known.get(key);
  if (found === undefined) {
    found = signature(await decode(file, 2 * SIGNATURE_SIDE));
    if (known.size < MOST_KNOWN) known.set(key, found);
  }
  return found;
}

/** All pictures' signatures; those that are equal are one, and their pictures are joined already. */
class Signatures {
  /** Each signature once, and the first of its pictures. */
  readonly found: { signature: Signature; picture: number }[] = [];
  readonly #places = new Map<string, number>();

  add(picture: number, signature: Signature, unions: Unions): void {
    const bytes = new Uint8Array(signature.buffer, signature.byteOffset, signature.byteLength);
    const key = createHash('sha1').update(bytes).digest('base64');
    const place = this.#places.get(key);
    if (place !== undefined) {
      unions.join(this.found[place]!.picture, picture);
      return;
    }
    this.#places.set(key, this.found.length);
    this.found.push({ signature, picture });
  }
}

/**
 * Groups near copies.
 * @param samples what is looked at, whatever its set and class
 * @returns for each sample the number of its group: the index of the group's first sample
 * @throws Error naming the first file that cannot be read
 */
export async function findNearCopies(
  samples: readonly { file: string }[],
  options: NearCopyOptions = {},
): Promise<Int32Array> {
  const { threshold = THRESHOLD, onProgress, signal } = options;
  const unions = new Unions(samples.length);
  const signatures = new Signatures();
  let next = 0;
  let done = 0;
  const work = async () => {
    for (let i = next++; i < samples.length; i = next++) {
      signal?.throwIfAborted();
      const found = await signatureOf(samples[i]!.file);
      // A picture without any contrast is like nothing.
      if (found) signatures.add(i, found, unions);
      onProgress?.(++done, samples.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await joinCopies(signatures, unions, threshold, signal);
  return Int32Array.from(samples, (_, i) => unions.find(i));
}

async function joinCopies(
  { found }: Signatures,
  unions: Unions,
  threshold: number,
  signal?: AbortSignal,
): Promise<void> {
  const vectors = new CloseVectors(found.length, (i) => invariants(found[i]!.signature));
  for (let place = 0; place < found.length; place++) {
    const { index, close } = vectors.at(place, threshold);
    const one = found[index]!;
    for (const other of close.map((i) => found[i]!))
      if (
        unions.find(one.picture) !== unions.find(other.picture) &&
        similarity(one.signature, other.signature, threshold) >= threshold
      )
        unions.join(one.picture, other.picture);
    if (place % 256 > 0) continue;
    signal?.throwIfAborted();
    await new Promise(setImmediate); // The app goes on meanwhile.
  }
}
