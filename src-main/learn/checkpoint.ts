/**
 * Checkpoints: a run's vectors and a small JSON header in one file, written whole or not at all.
 * Layout: 'MWCK', header length (uint32), header as JSON {meta, vectors: [[name, length]…]}, then the float32s.
 */
import { readWhole, writeAtomic } from '../files';

export type Vectors = Record<string, Float32Array>;

/** Bytes; InceptionV3's are 450 MB. */
const LARGEST = 2 ** 31;
const MAGIC = Buffer.from('MWCK');

/** @param meta anything JSON can hold */
export async function writeCheckpoint(path: string, meta: unknown, vectors: Vectors): Promise<void> {
  const entries = Object.entries(vectors);
  const header = Buffer.from(
    JSON.stringify({ meta, vectors: entries.map(([name, { length }]) => [name, length]) }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const bytes = entries.map(([, v]) => new Uint8Array(v.buffer, v.byteOffset, v.byteLength));
  await writeAtomic(path, MAGIC, length, header, ...bytes);
}

/** @throws Error naming the file when it cannot be read or is not a whole checkpoint */
export async function readCheckpoint(path: string): Promise<{ meta: unknown; vectors: Vectors }> {
  const bytes = await readWhole(path, LARGEST);
  const broken = new Error(`${path} is not a whole checkpoint; remove it to begin anew`);
  if (bytes.length < 8 || !bytes.subarray(0, 4).equals(MAGIC)) throw broken;
  const start = 8 + bytes.readUInt32LE(4);
  let header: { meta: unknown; vectors: [string, number][] };
  try {
    header = JSON.parse(bytes.toString('utf8', 8, start)) as typeof header;
  } catch {
    throw broken;
  }
  const total = header.vectors.reduce((sum, [, length]) => sum + length, 0);
  if (bytes.length !== start + 4 * total) throw broken;
  let at = start;
  const cut = (length: number) =>
    new Float32Array(Uint8Array.from(bytes.subarray(at, (at += 4 * length))).buffer);
  return {
    meta: header.meta,
    vectors: Object.fromEntries(header.vectors.map(([name, length]) => [name, cut(length)])),
  };
}
