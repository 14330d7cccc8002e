/**
 * Finds pictures that are the same one again: saved anew, resized, blurred, turned, mirrored, brightened. Public
 * sets are full of such copies, and one on each side of a split makes a test look better than it is.
 *
 * Each picture is read along rings about its centre. Turning it shifts the rings' values, mirroring reverses
 * them; so the rings' Fourier coefficients keep their sizes, and comparing their phases finds the best turn.
 */
import { stat } from 'node:fs/promises';
import { decode, type Picture } from './decode';
import { Unions } from './split';
import { warp, WHOLE } from './warp';

export interface NearCopyOptions {
  /** Lowest correlation of two pictures that counts as a copy, 0 to 1. */
  threshold?: number;
  /** Told after every picture looked at. */
  onProgress?: (done: number, of: number) => void;
  signal?: AbortSignal;
}

const SIDE = 48;
const RINGS = 10;
const ANGLES = 64;
/** Frequencies kept along a ring, from 0. */
const WAVES = 14;
const COEFFICIENTS = RINGS * WAVES;
/** By looking at pairs of public sets: from .96 up all are copies, from .94 nearly all; a few too many do no harm. */
const THRESHOLD = 0.94;
/** Pictures decoded at once. */
const AT_ONCE = 4;

const cosines = Float64Array.from({ length: ANGLES }, (_, i) => Math.cos((2 * Math.PI * i) / ANGLES));
const sines = Float64Array.from({ length: ANGLES }, (_, i) => Math.sin((2 * Math.PI * i) / ANGLES));

/** A picture's signature: unit length over all coefficients, mean brightness taken out. */
export interface Signature {
  /** Coefficients, wave by wave, ring by ring. */
  real: Float32Array;
  imaginary: Float32Array;
  /** What turning and mirroring leave alone: the rings' means, then the other coefficients' sizes. */
  invariants: Float32Array;
  /** Length of the invariants from each wave on. */
  tails: Float32Array;
}

/** @returns null for a picture without any contrast, which is like nothing and everything */
export function signature(picture: Picture): Signature | null {
  const bytes = new Uint8Array(SIDE * SIDE * 3);
  warp(picture, WHOLE, bytes, SIDE);
  const grey = Float32Array.from(
    { length: SIDE * SIDE },
    (_, i) => 0.299 * bytes[3 * i]! + 0.587 * bytes[3 * i + 1]! + 0.114 * bytes[3 * i + 2]!,
  );
  const real = new Float32Array(COEFFICIENTS);
  const imaginary = new Float32Array(COEFFICIENTS);
  const ring = new Float64Array(ANGLES);
  let mean = 0;
  let mass = 0;
  for (let r = 0; r < RINGS; r++) {
    const radius = ((r + 0.75) / RINGS) * (SIDE / 2 - 1);
    for (let i = 0; i < ANGLES; i++)
      ring[i] = sampled(grey, SIDE / 2 - 0.5 + radius * cosines[i]!, SIDE / 2 - 0.5 + radius * sines[i]!);
    // A ring counts by its area, and a wave other than 0 twice, for its mirrored twin.
    const weight = Math.sqrt(radius);
    for (let k = 0; k < WAVES; k++) {
      let re = 0;
      let im = 0;
      for (let i = 0; i < ANGLES; i++) {
        re += ring[i]! * cosines[(i * k) % ANGLES]!;
        im -= ring[i]! * sines[(i * k) % ANGLES]!;
      }
      const scale = (weight * (k === 0 ? 1 : Math.SQRT2)) / ANGLES;
      real[k * RINGS + r] = re * scale;
      imaginary[k * RINGS + r] = im * scale;
    }
    mean += real[r]! * weight;
    mass += radius;
  }
  mean /= mass;
  for (let r = 0; r < RINGS; r++)
    real[r] = real[r]! - mean * Math.sqrt(((r + 0.75) / RINGS) * (SIDE / 2 - 1));
  const invariants = Float32Array.from(real, (re, i) => (i < RINGS ? re : Math.hypot(re, imaginary[i]!)));
  const length = Math.hypot(...invariants);
  if (length < 1) return null;
  for (const part of [real, imaginary, invariants])
    for (let i = 0; i < COEFFICIENTS; i++) part[i] = part[i]! / length;
  const tails = Float32Array.from({ length: WAVES }, (_, k) => Math.hypot(...invariants.subarray(k * RINGS)));
  return { real, imaginary, invariants, tails };
}

function sampled(grey: Float32Array, x: number, y: number): number {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const fx = x - left;
  const fy = y - top;
  const at = top * SIDE + left;
  const upper = grey[at]! * (1 - fx) + grey[at + 1]! * fx;
  const lower = grey[at + SIDE]! * (1 - fx) + grey[at + SIDE + 1]! * fx;
  return upper * (1 - fy) + lower * fy;
}

/** The correlation of two pictures, −1 to 1, turned and mirrored as fits best. */
export function similarity(a: Signature, b: Signature): number {
  const straight = { re: new Float64Array(WAVES), im: new Float64Array(WAVES) };
  const mirrored = { re: new Float64Array(WAVES), im: new Float64Array(WAVES) };
  for (let k = 0; k < WAVES; k++) {
    let rr = 0;
    let ii = 0;
    let ri = 0;
    let ir = 0;
    for (let i = k * RINGS; i < (k + 1) * RINGS; i++) {
      rr += a.real[i]! * b.real[i]!;
      ii += a.imaginary[i]! * b.imaginary[i]!;
      ri += a.real[i]! * b.imaginary[i]!;
      ir += a.imaginary[i]! * b.real[i]!;
    }
    straight.re[k] = rr + ii;
    straight.im[k] = ir - ri;
    mirrored.re[k] = rr - ii;
    mirrored.im[k] = ir + ri;
  }
  let best = -1;
  for (const { re, im } of [straight, mirrored])
    for (let turn = 0; turn < ANGLES; turn++) {
      let sum = 0;
      for (let k = 0; k < WAVES; k++) {
        const at = (turn * k) % ANGLES;
        sum += re[k]! * cosines[at]! - im[k]! * sines[at]!;
      }
      if (sum > best) best = sum;
    }
  return best;
}

/** Signatures made before, by path, size and time of change: a run that trains and then evaluates reads once. */
const known = new Map<string, Signature | null>();

async function signatureOf(file: string): Promise<Signature | null> {
  const { size, mtimeMs } = await stat(file).catch(() => ({ size: 0, mtimeMs: 0 }));
  const key = `${file}\n${String(size)}\n${String(mtimeMs)}`;
  let found = known.get(key);
  if (found === undefined) known.set(key, (found = signature(await decode(file, 2 * SIDE))));
  return found;
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
  const signatures: (Signature | null)[] = new Array<null>(samples.length).fill(null);
  let next = 0;
  let done = 0;
  const work = async () => {
    for (let i = next++; i < samples.length; i = next++) {
      signal?.throwIfAborted();
      signatures[i] = await signatureOf(samples[i]!.file);
      onProgress?.(++done, samples.length);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const unions = new Unions(samples.length);
  const invariants = new InvariantTable(signatures);
  for (let i = 0; i < samples.length; i++) {
    for (const j of invariants.mayMatch(i, threshold))
      if (unions.find(i) !== unions.find(j) && similarity(signatures[i]!, signatures[j]!) >= threshold)
        unions.join(i, j);
    if (i % 256 === 0) await new Promise(setImmediate); // The app goes on meanwhile.
  }
  return Int32Array.from(samples, (_, i) => unions.find(i));
}

/** The invariants of all pictures in one piece of memory, since every pair of them is looked at. */
class InvariantTable {
  readonly #rows: Float32Array;
  readonly #tails: Float32Array;

  constructor(signatures: readonly (Signature | null)[]) {
    this.#rows = new Float32Array(signatures.length * COEFFICIENTS);
    // A picture without contrast keeps zeros, which match nothing.
    this.#tails = new Float32Array(signatures.length * WAVES);
    for (const [i, found] of signatures.entries()) {
      if (found === null) continue;
      this.#rows.set(found.invariants, i * COEFFICIENTS);
      this.#tails.set(found.tails, i * WAVES);
    }
  }

  /**
   * Pictures before the i-th whose invariants allow a correlation of `threshold`: an upper bound, so that none
   * is missed. After each wave, what the remaining ones can add at most (Cauchy–Schwarz) ends most pairs.
   */
  mayMatch(i: number, threshold: number): number[] {
    const rows = this.#rows;
    const tails = this.#tails;
    const a = i * COEFFICIENTS;
    const aTails = i * WAVES;
    const found: number[] = [];
    for (let j = 0; j < i; j++) {
      const b = j * COEFFICIENTS;
      const bTails = j * WAVES;
      let sum = 0;
      let k = 0;
      for (; k < WAVES; k++) {
        if (sum + tails[aTails + k]! * tails[bTails + k]! < threshold) break;
        for (let n = k * RINGS; n < (k + 1) * RINGS; n++) sum += rows[a + n]! * rows[b + n]!;
      }
      if (k === WAVES && sum >= threshold) found.push(j);
    }
    return found;
  }
}
