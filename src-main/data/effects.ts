/**
 * What light, lens and sensor do to a crop: pure functions on size×size×3 bytes (RGB, row by row), each changing
 * its argument in place. None allocates more than a few rows or tables.
 */
import { seeded } from '../random';

/** A tone curve and a colour matrix. */
export interface ColourChange {
  /** Added to all channels, as a share of full scale. */
  brightness: number;
  /** Factor about `pivot`, a tone after the curve, 0 to 1. */
  contrast: number;
  pivot: number;
  gamma: number;
  saturation: number;
  /** Gain of each channel. */
  gains: readonly [red: number, green: number, blue: number];
}

const LUMA = [0.299, 0.587, 0.114] as const;
const curves = [new Float32Array(256), new Float32Array(256), new Float32Array(256)] as const;

/** Mean luma of a crop, 0 to 1, from every seventh pixel. */
export function meanLuma(pixels: Uint8Array): number {
  let sum = 0;
  let n = 0;
  for (let i = 0; i < pixels.length; i += 21, n++)
    sum += LUMA[0] * pixels[i]! + LUMA[1] * pixels[i + 1]! + LUMA[2] * pixels[i + 2]!;
  return sum / n / 255;
}

/** Tone curve and gains a channel, then saturation about the pixel's luma. */
export function recolour(pixels: Uint8Array, change: ColourChange): void {
  const [red, green, blue] = curves;
  for (const [k, curve] of curves.entries())
    for (let byte = 0; byte < 256; byte++) {
      const toned = Math.pow(byte / 255, change.gamma) * change.gains[k]!;
      curve[byte] = 255 * ((toned - change.pivot) * change.contrast + change.pivot + change.brightness) + 0.5;
    }
  const s = change.saturation;
  const rest = 1 - s;
  for (let i = 0; i < pixels.length; i += 3) {
    const r = red[pixels[i]!]!;
    const g = green[pixels[i + 1]!]!;
    const b = blue[pixels[i + 2]!]!;
    const luma = rest * (LUMA[0] * r + LUMA[1] * g + LUMA[2] * b);
    const r2 = s * r + luma;
    const g2 = s * g + luma;
    const b2 = s * b + luma;
    pixels[i] = r2 < 0 ? 0 : r2 > 255 ? 255 : r2;
    pixels[i + 1] = g2 < 0 ? 0 : g2 > 255 ? 255 : g2;
    pixels[i + 2] = b2 < 0 ? 0 : b2 > 255 ? 255 : b2;
  }
}

/**
 * Light from one side: full there, falling to `depth` at the other end.
 * @param angle where the light comes from, in radians
 * @param depth factor on the dark side, 0 to 1
 */
export function sidelight(pixels: Uint8Array, size: number, angle: number, depth: number): void {
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const scale = (1 - depth) / (Math.abs(cos) + Math.abs(sin)) / size;
  let i = 0;
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++) {
      const factor = (1 + depth) / 2 + ((x + 0.5 - size / 2) * cos + (y + 0.5 - size / 2) * sin) * scale;
      for (let k = 0; k < 3; k++, i++) pixels[i] = pixels[i]! * factor + 0.5;
    }
}

/** Gaussian blur, edges repeated. */
export function blur(pixels: Uint8Array, size: number, sigma: number): void {
  const radius = Math.max(1, Math.ceil(2.5 * sigma));
  const kernel = Float32Array.from({ length: radius + 1 }, (_, i) =>
    Math.exp((-i * i) / (2 * sigma * sigma)),
  );
  const sum = kernel.reduce((a, b) => a + b) * 2 - kernel[0]!;
  for (let i = 0; i <= radius; i++) kernel[i] = kernel[i]! / sum;
  const line = new Float32Array(size + 2 * radius);
  const pass = (start: number, step: number) => {
    for (let i = 0; i < line.length; i++)
      line[i] = pixels[start + Math.min(Math.max(i - radius, 0), size - 1) * step]!;
    for (let i = 0; i < size; i++) {
      const at = i + radius;
      let value = kernel[0]! * line[at]! + 0.5;
      for (let j = 1; j <= radius; j++) value += kernel[j]! * (line[at - j]! + line[at + j]!);
      pixels[start + i * step] = value;
    }
  };
  for (let y = 0; y < size; y++) for (let k = 0; k < 3; k++) pass(y * size * 3 + k, 3);
  for (let x = 0; x < size; x++) for (let k = 0; k < 3; k++) pass(x * 3 + k, size * 3);
}

/**
 * Blur by movement along a line.
 * @param length of the movement in pixels
 * @param angle of the movement in radians
 * @param scratch as long as `pixels`
 */
export function motionBlur(
  pixels: Uint8Array,
  size: number,
  length: number,
  angle: number,
  scratch: Uint8Array,
): void {
  scratch.set(pixels);
  const taps = Math.max(2, Math.round(length));
  const along = Array.from({ length: taps }, (_, t) => ((t + 0.5) / taps - 0.5) * length);
  const dx = along.map((t) => Math.round(t * Math.cos(angle)));
  const dy = along.map((t) => Math.round(t * Math.sin(angle)));
  const last = size - 1;
  let to = 0;
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++, to += 3) {
      let r = 0;
      let g = 0;
      let b = 0;
      for (let t = 0; t < taps; t++) {
        const sx = Math.min(Math.max(x + dx[t]!, 0), last);
        const sy = Math.min(Math.max(y + dy[t]!, 0), last);
        const from = (sy * size + sx) * 3;
        r += scratch[from]!;
        g += scratch[from + 1]!;
        b += scratch[from + 2]!;
      }
      pixels[to] = r / taps + 0.5;
      pixels[to + 1] = g / taps + 0.5;
      pixels[to + 2] = b / taps + 0.5;
    }
}

/** Standard normal numbers, enough that rows started anywhere in them show no pattern. Made when first used. */
const normals = new Float32Array(65536);

function fillNormals(): void {
  const random = seeded(1);
  for (let i = 0; i < normals.length; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - random()));
    const angle = 2 * Math.PI * random();
    normals[i] = radius * Math.cos(angle);
    normals[i + 1] = radius * Math.sin(angle);
  }
}

/** Sensor noise: Gaussian, each pixel and channel on its own. */
export function noise(pixels: Uint8Array, size: number, deviation: number, random: () => number): void {
  if (normals[0] === 0) fillNormals();
  const row = size * 3;
  for (let start = 0; start < pixels.length; start += row) {
    let at = Math.floor(random() * 65536);
    for (let i = start; i < start + row; i++, at++) {
      const value = pixels[i]! + deviation * normals[at & 65535]! + 0.5;
      pixels[i] = value < 0 ? 0 : value > 255 ? 255 : value;
    }
  }
}

/** A flat patch over a rectangle, all in pixels. */
export function patch(
  pixels: Uint8Array,
  size: number,
  [left, top, width, height]: readonly [number, number, number, number],
  colour: readonly [number, number, number],
): void {
  for (let y = Math.max(0, top); y < Math.min(size, top + height); y++)
    for (let x = Math.max(0, left); x < Math.min(size, left + width); x++)
      for (let k = 0; k < 3; k++) pixels[(y * size + x) * 3 + k] = colour[k]!;
}
