/**
 * A part of a picture, smaller: each pixel of it counts by the area that it has under an output pixel, as in the
 * training crops; where a part is enlarged, neighbours are mixed. Pure arithmetic over bytes, in the innermost loop
 * of watching: simple loops over one type of array each are what the compiler makes fast.
 */
import type { Box, Size } from '../../src-main/geometry';
import type { Picture, Plane, YuvMatrix } from './picture';

/** For each output pixel along one side: the first source pixel under it, and the weights of `count` from there. */
interface Taps {
  first: Int32Array;
  count: number;
  weights: Float32Array;
}

function taps(from: number, length: number, outputs: number, limit: number): Taps {
  const scale = length / outputs;
  const half = Math.max(scale, 1) / 2;
  const count = Math.min(limit, Math.ceil(2 * half) + 1);
  const first = new Int32Array(outputs);
  const weights = new Float32Array(outputs * count);
  for (let i = 0; i < outputs; i++) {
    // At the picture's edge the window is cut, and what is left of it counts for all.
    const centre = from + (i + 0.5) * scale;
    const low = Math.min(Math.max(centre - half, 0), limit - 0.5);
    const high = Math.max(Math.min(centre + half, limit), low + 0.5);
    const start = Math.min(Math.floor(low), limit - count);
    first[i] = start;
    for (let k = 0; k < count; k++) {
      const share = Math.min(high, start + k + 1) - Math.max(low, start + k);
      weights[i * count + k] = Math.max(0, share) / (high - low);
    }
  }
  return { first, count, weights };
}

/** Shrinks parts of pictures. Keeps its memory from one to the next: fresh megabytes are dear. */
export class Shrinker {
  #line = new Float32Array(0);
  #channels: [Float32Array, Float32Array, Float32Array] = [this.#line, this.#line, this.#line];

  /**
   * @param region in picture pixels, inside the picture
   * @param size of the output in pixels
   * @param target takes `step` bytes a pixel, red, green and blue first, row by row, from `offset` on
   */
  shrink(
    picture: Picture,
    region: Box,
    size: Size,
    target: Uint8ClampedArray,
    offset: number,
    step: 3 | 4,
  ): void {
    const pixels = size.width * size.height;
    if (this.#channels[0].length < pixels) {
      this.#channels = [new Float32Array(pixels), new Float32Array(pixels), new Float32Array(pixels)];
    }
    const [x, y, width, height] = region;
    picture.planes.forEach((plane, i) => {
      const [across, down] = [plane.width / picture.width, plane.height / picture.height];
      const part: Box = [x * across, y * down, width * across, height * down];
      const block = part[2] / size.width;
      const isWhole = block === part[3] / size.height && [block, part[0], part[1]].every(Number.isInteger);
      if (isWhole) meanOfBlocks(plane, part[0], part[1], block, size, this.#channels[i]!);
      else this.#meanByArea(plane, part, size, this.#channels[i]!);
    });
    if (picture.matrix) toRgb(this.#channels, picture.matrix, pixels, target, offset, step);
    else interleave(this.#channels, pixels, target, offset, step);
  }

  #meanByArea(plane: Plane, [x, y, width, height]: Box, size: Size, output: Float32Array): void {
    const across = taps(x, width, size.width, plane.width);
    const down = taps(y, height, size.height, plane.height);
    const { first, weights, count } = across;
    const start = first[0]!;
    const span = first[size.width - 1]! + count - start;
    if (this.#line.length < span) this.#line = new Float32Array(span);
    const line = this.#line;
    for (let row = 0, to = 0; row < size.height; row++) {
      mixRows(plane, down, row, start, span, line);
      for (let column = 0, tap = 0; column < size.width; column++) {
        let at = first[column]! - start;
        let sum = 0;
        for (let k = 0; k < count; k++) sum += line[at++]! * weights[tap++]!;
        output[to++] = sum;
      }
    }
  }
}

/** The source rows under an output row, mixed to one line; two at a time, which halves the passes over it. */
function mixRows(
  plane: Plane,
  down: Taps,
  row: number,
  start: number,
  span: number,
  line: Float32Array,
): void {
  const { data, step, stride } = plane;
  const top = plane.offset + down.first[row]! * stride + start * step;
  for (let k = 0; k < down.count; k += 2) {
    const a = down.weights[row * down.count + k]!;
    const b = k + 1 < down.count ? down.weights[row * down.count + k + 1]! : 0;
    let upper = top + k * stride;
    let lower = b === 0 ? upper : upper + stride;
    if (k === 0) {
      for (let i = 0; i < span; i++, upper += step, lower += step) {
        line[i] = data[upper]! * a + data[lower]! * b;
      }
    } else if (a !== 0 || b !== 0) {
      for (let i = 0; i < span; i++, upper += step, lower += step) {
        line[i] = line[i]! + data[upper]! * a + data[lower]! * b;
      }
    }
  }
}

/** The same where each output pixel is a whole block of source pixels: three times as fast. */
function meanOfBlocks(
  { data, offset, step, stride }: Plane,
  left: number,
  top: number,
  block: number,
  { width, height }: Size,
  output: Float32Array,
): void {
  const across = block * step;
  const share = 1 / (block * block);
  for (let row = 0, to = 0; row < height; row++) {
    let at = offset + (top + row * block) * stride + left * step;
    if (block === 1) {
      for (let column = 0; column < width; column++, at += across) output[to++] = data[at]!;
    } else if (block === 2) {
      let below = at + stride;
      for (let column = 0; column < width; column++, at += across, below += across) {
        const sum = data[at]! + data[at + step]! + data[below]! + data[below + step]!;
        output[to++] = sum * 0.25;
      }
    } else {
      for (let column = 0; column < width; column++, at += across) {
        let sum = 0;
        for (let y = 0, line = at; y < block; y++, line += stride) {
          for (let x = 0, from = line; x < block; x++, from += step) sum += data[from]!;
        }
        output[to++] = sum * share;
      }
    }
  }
}

type Channels = readonly [Float32Array, Float32Array, Float32Array];

/** Clamped arrays round and clip by themselves. */
function toRgb(
  [luma, blueness, redness]: Channels,
  m: YuvMatrix,
  pixels: number,
  target: Uint8ClampedArray,
  offset: number,
  step: number,
): void {
  for (let i = 0, to = offset; i < pixels; i++, to += step) {
    const light = (luma[i]! - m.black) * m.gain;
    const u = blueness[i]! - 128;
    const v = redness[i]! - 128;
    target[to] = light + m.redV * v;
    target[to + 1] = light + m.greenU * u + m.greenV * v;
    target[to + 2] = light + m.blueU * u;
  }
}

function interleave(
  [red, green, blue]: Channels,
  pixels: number,
  target: Uint8ClampedArray,
  offset: number,
  step: number,
): void {
  for (let i = 0, to = offset; i < pixels; i++, to += step) {
    target[to] = red[i]!;
    target[to + 1] = green[i]!;
    target[to + 2] = blue[i]!;
  }
}
