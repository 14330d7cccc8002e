/**
 * Makes a drawn mask belong to its photo: the face's light and tint on it, the photo's softness and grain, its
 * shadow on the skin. The light is read off the face that the mask covers, so it falls as it did there.
 */
import type { HeadPose } from './head-pose';
import { project } from './head-pose';
import type { Layer } from './surface';

/** RGB, width×height×3 bytes, row by row. */
export interface Photo {
  width: number;
  height: number;
  data: Uint8Array;
}

const luminance = (r: number, g: number, b: number): number => 0.299 * r + 0.587 * g + 0.114 * b;

/** Colour of the face's skin, from its cheeks, forehead and chin: the median by luminance. Bytes. */
export function skinColour(photo: Photo, pose: HeadPose): [r: number, g: number, b: number] {
  const places = [-0.4, -0.2, 0, 0.2, 0.4].flatMap((x) =>
    [-0.5, -0.4, 0.45, 0.6, 0.8].map((y): [number, number, number] => [x, y, 0.35]),
  );
  const colours = places
    .map((p) => project(pose, p))
    .map(([x, y]) => pixel(photo, x, y))
    .sort((a, b) => luminance(...a) - luminance(...b));
  const middle = colours.slice(9, 16);
  return [0, 1, 2].map((k) => middle.reduce((sum, c) => sum + c[k]!, 0) / middle.length) as [
    number,
    number,
    number,
  ];
}

/** The pixel at a place, or the nearest of the photo. */
export function pixel(photo: Photo, x: number, y: number): [r: number, g: number, b: number] {
  const ix = Math.min(Math.max(Math.round(x), 0), photo.width - 1);
  const iy = Math.min(Math.max(Math.round(y), 0), photo.height - 1);
  const at = (iy * photo.width + ix) * 3;
  return [photo.data[at]!, photo.data[at + 1]!, photo.data[at + 2]!];
}

/** How much a colour looks like this skin, 0…1; hair and background do not. */
export function likeSkin(colour: readonly number[], skin: readonly number[]): number {
  const [l, ls] = [luminance(colour[0]!, colour[1]!, colour[2]!), luminance(skin[0]!, skin[1]!, skin[2]!)];
  const bright = Math.abs(Math.log((l + 12) / (ls + 12)));
  const redness = (c: readonly number[]): number => (c[0]! - c[2]!) / (c[0]! + c[1]! + c[2]! + 30);
  const tint = Math.abs(redness(colour) - redness(skin));
  return Math.min(Math.max(1.6 - bright * 1.6 - tint * 4, 0), 1);
}

/** Gaussian blur of one plane in place, as three box blurs. */
export function blur(plane: Float32Array, width: number, height: number, sigma: number): void {
  const radius = Math.round((Math.sqrt(4 * sigma * sigma + 1) - 1) / 2);
  if (radius < 1) return sigma > 0.2 ? soften(plane, width, height, sigma) : undefined;
  const line = new Float32Array(Math.max(width, height));
  const pass = (start: number, stride: number, count: number): void => {
    let sum = 0;
    const at = (i: number): number => plane[start + Math.min(Math.max(i, 0), count - 1) * stride]!;
    for (let i = -radius; i <= radius; i++) sum += at(i);
    for (let i = 0; i < count; i++) {
      line[i] = sum / (2 * radius + 1);
      sum += at(i + radius + 1) - at(i - radius);
    }
    for (let i = 0; i < count; i++) plane[start + i * stride] = line[i]!;
  };
  for (let round = 0; round < 3; round++) {
    for (let y = 0; y < height; y++) pass(y * width, 1, width);
    for (let x = 0; x < width; x++) pass(x, width, height);
  }
}

/** For sigmas below a pixel: one 3-tap pass each way. */
function soften(plane: Float32Array, width: number, height: number, sigma: number): void {
  const side = Math.exp(-1 / (2 * sigma * sigma));
  const [a, b] = [1 / (1 + 2 * side), side / (1 + 2 * side)];
  const pass = (start: number, stride: number, count: number): void => {
    let before = plane[start]!;
    for (let i = 0; i < count; i++) {
      const at = start + i * stride;
      const here = plane[at]!;
      plane[at] = a * here + b * (before + plane[at + (i + 1 < count ? stride : 0)]!);
      before = here;
    }
  };
  for (let y = 0; y < height; y++) pass(y * width, 1, width);
  for (let x = 0; x < width; x++) pass(x, width, height);
}

const plane = (layer: Layer, channel: number): Float32Array =>
  Float32Array.from({ length: layer.width * layer.height }, (_, i) => layer.data[i * 4 + channel]!);

/**
 * Lays the mask on the photo.
 * @param photo changed in place
 * @param random 0…1, for the grain
 */
export function layOn(photo: Photo, layer: Layer, pose: HeadPose, random: () => number): void {
  const { width, height } = layer;
  const skin = skinColour(photo, pose);
  const planes = [0, 1, 2, 3].map((channel) => plane(layer, channel));
  const sharpness = 0.55 + pose.scale * 0.004;
  for (const each of planes) blur(each, width, height, sharpness);
  const [red, green, blue, cover] = planes as [Float32Array, Float32Array, Float32Array, Float32Array];

  // The light: the face's own luminance under the mask, blurred, weighted by the mask's coverage.
  const weight = Float32Array.from(cover);
  const light = new Float32Array(width * height);
  for (let i = 0; i < light.length; i++) {
    const colour = pixel(photo, layer.left + (i % width), layer.top + Math.floor(i / width));
    weight[i]! *= 0.05 + likeSkin(colour, skin);
    light[i] = luminance(...colour) * weight[i]!;
  }
  blur(light, width, height, pose.scale * 0.22);
  blur(weight, width, height, pose.scale * 0.22);

  const skinLight = luminance(...skin);
  const exposure = Math.min(Math.max(0.42 + 0.78 * (brightNearby(photo, layer) / 255), 0.4), 1.12);
  const tint = [skin[0] / skin[1] / 1.28, 1, skin[2] / skin[1] / 0.82].map((ratio) =>
    Math.min(Math.max(ratio ** 0.45, 0.8), 1.2),
  );
  const grain = grainOf(photo, layer) * 1.2;

  const shadow = Float32Array.from(cover);
  blur(shadow, width, height, Math.max(1, pose.scale * 0.06));
  const drop = Math.round(pose.scale * 0.05);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      const [px, py] = [layer.left + x, layer.top + y];
      if (px < 0 || py < 0 || px >= photo.width || py >= photo.height) continue;
      const shade = 1 - 0.42 * Math.max(0, shadow[Math.max(0, y - drop) * width + x]! * (1 - cover[i]!));
      const alpha = Math.min(cover[i]!, 1);
      const at = (py * photo.width + px) * 3;
      const relative = weight[i]! > 1e-4 ? light[i]! / weight[i]! / (skinLight + 1) : 1;
      const lit = exposure * Math.min(Math.max(relative, 0.35), 1.35) ** 0.75;
      const noise = (random() + random() - 1) * grain * 2.4 * alpha;
      for (const [k, fabric] of [red, green, blue].entries()) {
        const value = photo.data[at + k]! * shade * (1 - alpha) + fabric[i]! * lit * tint[k]! + noise;
        photo.data[at + k] = Math.min(Math.max(Math.round(value), 0), 255);
      }
    }
  }
}

/** Luminance that the brighter things around the mask reach: a measure of the scene's exposure. Bytes. */
function brightNearby(photo: Photo, layer: Layer): number {
  const values: number[] = [];
  const step = Math.max(1, Math.round(layer.width / 40));
  for (let y = -layer.height; y < layer.height; y += step) {
    for (let x = 0; x < layer.width; x += step) {
      values.push(luminance(...pixel(photo, layer.left + x, layer.top + y)));
    }
  }
  values.sort((a, b) => a - b);
  return values[Math.floor(values.length * 0.85)]!;
}

/** The photo's grain around the mask: the median deviation of pixels from their neighbours' mean. Bytes. */
function grainOf(photo: Photo, layer: Layer): number {
  const deviations: number[] = [];
  const at = (x: number, y: number): number => luminance(...pixel(photo, x, y));
  for (let y = layer.top; y < layer.top + layer.height; y += 3) {
    for (let x = layer.left; x < layer.left + layer.width; x += 3) {
      const around = (at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1)) / 4;
      deviations.push(Math.abs(at(x, y) - around));
    }
  }
  deviations.sort((a, b) => a - b);
  return deviations[Math.floor(deviations.length / 2)]!;
}
