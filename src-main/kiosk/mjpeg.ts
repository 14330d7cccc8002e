/**
 * Motion JPEG files: JPEG pictures one after another, nothing between. Finds where each picture lies without
 * decoding or holding the file. As strict as Chromium's own reader of such files, which ends the browser's
 * camera process at the first byte it does not expect; better one sentence before that.
 */
import { open, type FileHandle } from 'node:fs/promises';

/** Where one picture lies in the file, in bytes. */
export interface Span {
  offset: number;
  length: number;
}

export interface MjpegIndex {
  frames: Span[];
  width: number;
  height: number;
}

const CHUNK = 1 << 20;

const MARK = 0xff;
const SOI = 0xd8;
const EOI = 0xd9;
const SOS = 0xda;
const BASELINE = 0xc0;

/** Whether a marker has no length and no body: TEM and the restart markers. */
const isBare = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
/** The other start-of-frame markers: progressive, lossless, arithmetic; not those of tables (c4, c8, cc). */
const isOtherFrame = (marker: number): boolean =>
  marker > BASELINE && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** Reads a file forwards through a window of some megabytes. */
class ForwardReader {
  #window = Buffer.alloc(0);
  #start = 0;

  constructor(
    readonly file: FileHandle,
    readonly size: number,
  ) {}

  /** `count` bytes at `offset`, or fewer at the file's end; valid until the next call. */
  async at(offset: number, count: number): Promise<Buffer> {
    if (offset < this.#start || offset + count > this.#start + this.#window.length) {
      const wanted = Math.min(Math.max(count, CHUNK), Math.max(0, this.size - offset));
      const window = Buffer.allocUnsafe(wanted);
      const { bytesRead } = await this.file.read(window, 0, wanted, offset);
      this.#window = window.subarray(0, bytesRead);
      this.#start = offset;
    }
    return this.#window.subarray(offset - this.#start, offset - this.#start + count);
  }

  /** What is in the window from `offset` on; at least one byte unless the file ends there. */
  async from(offset: number): Promise<Buffer> {
    await this.at(offset, 1);
    return this.#window.subarray(offset - this.#start);
  }
}

/** What is wrong with a picture; the caller adds the file and the frame. */
class BadFrame extends Error {}

/** Follows one picture from its first byte; gives the offset after it and, where it says so, its size. */
async function skipFrame(
  reader: ForwardReader,
  start: number,
): Promise<{ end: number; width: number; height: number }> {
  const head = await reader.at(start, 2);
  if (head[0] !== MARK || head[1] !== SOI) throw new BadFrame('is not a JPEG picture');
  let size = { width: 0, height: 0 };
  let at = start + 2;
  for (;;) {
    const segment = await reader.at(at, 10);
    const marker = segment[1];
    if (segment.length < 2 || marker === undefined) throw new BadFrame('is cut off');
    if (segment[0] !== MARK) throw new BadFrame('is damaged');
    if (marker === MARK) {
      at += 1; // Fill bytes may stand before a marker.
    } else if (marker === EOI) {
      if (size.width === 0) throw new BadFrame('holds no picture');
      return { end: at + 2, ...size };
    } else if (isBare(marker)) {
      at += 2;
    } else if (marker === SOI) {
      throw new BadFrame('is cut off');
    } else {
      if (segment.length < 4) throw new BadFrame('is cut off');
      const length = segment.readUInt16BE(2);
      if (length < 2) throw new BadFrame('is damaged');
      if (isOtherFrame(marker))
        throw new BadFrame('is not a baseline JPEG (progressive ones cannot be played)');
      if (marker === BASELINE) {
        if (segment.length < 9) throw new BadFrame('is cut off');
        size = { height: segment.readUInt16BE(5), width: segment.readUInt16BE(7) };
      }
      at += 2 + length;
      if (marker === SOS) at = await skipScan(reader, at);
    }
  }
}

/** Skips the compressed picture data: up to a marker that is neither an escaped ff nor a restart. */
async function skipScan(reader: ForwardReader, start: number): Promise<number> {
  let at = start;
  for (;;) {
    const data = await reader.from(at);
    if (data.length === 0) throw new BadFrame('is cut off');
    const found = data.indexOf(MARK);
    if (found === -1) {
      at += data.length;
      continue;
    }
    const [, next] = await reader.at(at + found, 2);
    if (next === undefined) throw new BadFrame('is cut off');
    if (next !== 0x00 && next !== MARK && !isBare(next)) return at + found;
    at += found + (next === MARK ? 1 : 2);
  }
}

/**
 * Finds every picture of a file.
 * @throws Error in one sentence naming the file, and the frame that is not as it should be
 */
export async function indexMjpeg(path: string): Promise<MjpegIndex> {
  const file = await open(path).catch((error: unknown) => {
    throw new Error(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  });
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error(`${path} is not a file`);
    if (stat.size === 0) throw new Error(`${path} is empty`);
    const reader = new ForwardReader(file, stat.size);
    const index: MjpegIndex = { frames: [], width: 0, height: 0 };
    for (let offset = 0; offset < stat.size;) {
      const number = String(index.frames.length + 1);
      const { end, width, height } = await skipFrame(reader, offset).catch((error: unknown) => {
        if (!(error instanceof BadFrame)) throw error;
        const what =
          index.frames.length === 0
            ? 'is not a Motion JPEG file: its first frame'
            : `is damaged: frame ${number}`;
        throw new Error(`${path} ${what} ${error.message}`, { cause: error });
      });
      if (index.frames.length === 0) Object.assign(index, { width, height });
      else if (width !== index.width || height !== index.height) {
        const sizes = `${String(width)}×${String(height)}, not ${String(index.width)}×${String(index.height)}`;
        throw new Error(`${path} cannot be played: frame ${number} is ${sizes} like the first`);
      }
      index.frames.push({ offset, length: end - offset });
      offset = end;
    }
    return index;
  } finally {
    await file.close();
  }
}
