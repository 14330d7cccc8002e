/**
 * What spoils a camera's picture, at five strengths: to measure how a classifier holds out, never to train on. After
 * ImageNet-C (Hendrycks and Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and
 * Perturbations", 2019), whose strengths these are, brought from its pictures of 224 pixels to the crop's size; low
 * light is ours. Each changes size×size×3 bytes, RGB, in place.
 */
import { blur, meanLuma, noise, recolour } from './effects';
import { jpegArtefacts } from './jpeg';

/** A corruption at one strength. Random numbers are drawn from `random` alone. */
export type Corrupt = (pixels: Uint8Array, size: number, random: () => number) => void;

export const CORRUPTIONS = [
  'noise',
  'blur',
  'brightness',
  'contrast',
  'jpeg',
  'pixelate',
  'low light',
] as const;
export type Corruption = (typeof CORRUPTIONS)[number];

/** From hardly seen to hardly a picture. */
export const STRENGTHS = [1, 2, 3, 4, 5] as const;
export type Strength = (typeof STRENGTHS)[number];

/** Side of the pictures that ImageNet-C's pixels are counted in. */
const PUBLISHED_SIZE = 224;
const AS_IT_IS = {
  brightness: 0,
  contrast: 1,
  pivot: 0.5,
  gamma: 1,
  saturation: 1,
  gains: [1, 1, 1],
} as const;

/** One corruption's parameter at each strength, and what it does with it. */
interface Entry {
  of: readonly [number, number, number, number, number];
  apply: (pixels: Uint8Array, size: number, parameter: number, random: () => number) => void;
}

const TABLE: Record<Corruption, Entry> = {
  /** Standard deviation of Gaussian noise, as a share of full scale. */
  noise: {
    of: [0.08, 0.12, 0.18, 0.26, 0.38],
    apply: (pixels, size, deviation, random) => {
      noise(pixels, size, 255 * deviation, random);
    },
  },
  /** Sigma of a Gaussian. */
  blur: {
    of: [1, 2, 3, 4, 6],
    apply: (pixels, size, sigma) => {
      blur(pixels, size, (sigma * size) / PUBLISHED_SIZE);
    },
  },
  /** Added, as a share of full scale. */
  brightness: {
    of: [0.1, 0.2, 0.3, 0.4, 0.5],
    apply: (pixels, _, brightness) => {
      recolour(pixels, { ...AS_IT_IS, brightness });
    },
  },
  /** Factor about the mean. */
  contrast: {
    of: [0.4, 0.3, 0.2, 0.1, 0.05],
    apply: (pixels, _, contrast) => {
      recolour(pixels, { ...AS_IT_IS, contrast, pivot: meanLuma(pixels) });
    },
  },
  /** Quality as libjpeg counts. */
  jpeg: { of: [25, 18, 15, 10, 7], apply: jpegArtefacts },
  /** Pixels to a side, as a share of the crop's. */
  pixelate: {
    of: [0.6, 0.5, 0.4, 0.3, 0.25],
    apply: (pixels, size, share) => {
      pixelate(pixels, size, Math.max(2, Math.round(share * size)));
    },
  },
  /** Share of the light that is left; the sensor's noise stays what it is, and shows the more the less there is. */
  'low light': {
    of: [0.4, 0.25, 0.15, 0.08, 0.04],
    apply: (pixels, size, light, random) => {
      // Bytes stand for light to the power of 1/2.2.
      const gain = Math.pow(light, 1 / 2.2);
      recolour(pixels, { ...AS_IT_IS, gains: [gain, gain, gain] });
      noise(pixels, size, SENSOR_NOISE / gain, random);
    },
  },
};
/** Standard deviation of a sensor's noise in good light, in grey levels. */
const SENSOR_NOISE = 2;

/** A corruption at a strength. */
export function corruptionAt(name: Corruption, strength: Strength): Corrupt {
  const { of, apply } = TABLE[name];
  return (pixels, size, random) => {
    apply(pixels, size, of[strength - 1]!, random);
  };
}

/**
 * Fewer, larger pixels: each is the mean of those it covers, edges rounded to whole ones.
 * @param cells pixels to a side that are left
 */
function pixelate(pixels: Uint8Array, size: number, cells: number): void {
  const edge = (cell: number) => Math.round((cell * size) / cells);
  for (let row = 0; row < cells; row++)
    for (let column = 0; column < cells; column++)
      for (let k = 0; k < 3; k++) {
        let sum = 0;
        let n = 0;
        for (let y = edge(row); y < edge(row + 1); y++)
          for (let x = edge(column); x < edge(column + 1); x++, n++) sum += pixels[(y * size + x) * 3 + k]!;
        const mean = Math.round(sum / n);
        for (let y = edge(row); y < edge(row + 1); y++)
          for (let x = edge(column); x < edge(column + 1); x++) pixels[(y * size + x) * 3 + k] = mean;
      }
}
