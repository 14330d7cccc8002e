/**
 * What a model takes, made from bytes: crops normalised as its card says, into a buffer that is used again.
 * The live loop runs through here for every face of every frame.
 */
import type { ModelCard } from '../nets/card';

/** Crops one inference takes; more are split. */
export const MAX_BATCH = 64;

/** Turns N×S×S×3 bytes into N×3×S×S float32 numbers. */
export class CropNormaliser {
  readonly size: number;
  /** Byte → (byte / 255 − mean) / std, one table a channel. */
  readonly #tables: [Float32Array, Float32Array, Float32Array];
  #buffer = new Float32Array(0);

  constructor(input: ModelCard['input']) {
    this.size = input.size;
    const table = (channel: number) =>
      Float32Array.from(
        { length: 256 },
        (_, byte) => (byte / 255 - input.mean[channel]!) / input.std[channel]!,
      );
    this.#tables = [table(0), table(1), table(2)];
  }

  /** Bytes of one crop: size × size × 3. */
  get cropBytes(): number {
    return this.size * this.size * 3;
  }

  /**
   * @param crops N×S×S×3 bytes, RGB
   * @param first index of the first crop to take
   * @param n how many, 1 to MAX_BATCH
   * @returns n×3×S×S numbers, valid until the next call
   */
  normalise(crops: Uint8Array, first: number, n: number): Float32Array {
    const plane = this.size * this.size;
    const length = n * plane * 3;
    if (this.#buffer.length < length) this.#buffer = new Float32Array(length);
    const out = this.#buffer;
    const [red, green, blue] = this.#tables;
    let from = first * plane * 3;
    for (let i = 0; i < n; i++) {
      const base = i * plane * 3;
      for (let to = base; to < base + plane; to++) {
        out[to] = red[crops[from]!]!;
        out[to + plane] = green[crops[from + 1]!]!;
        out[to + 2 * plane] = blue[crops[from + 2]!]!;
        from += 3;
      }
    }
    return out.subarray(0, length);
  }
}
