/**
 * Makes a network's input out of a picture: as it is, or augmented. In an augmented one the steps come in the
 * order of the real ones: where the face is, how it is lit, how far away, what stands before it, lens, sensor,
 * compression. Everything drawn comes from the generator that is passed in.
 */
import type { Augmentation, Range } from './augmentation';
import type { Picture } from './decode';
import type { Label } from './folders';
import { blur, meanLuma, motionBlur, noise, patch, recolour, sidelight } from './effects';
import { jpegArtefacts } from './jpeg';
import { drawOcclusion, occlude } from './occlusion';
import { warp, WHOLE, type View } from './warp';

/** Input = (byte / 255 − mean) / std, a channel each: red, green, blue. */
export interface Normalisation {
  mean: readonly number[];
  std: readonly number[];
}

/** ImageNet's, which pretrained networks expect. */
export const IMAGENET: Normalisation = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

type Random = () => number;
const within = (random: Random, [from, to]: Range) => from + (to - from) * random();
const logWithin = (random: Random, [from, to]: Range) =>
  from <= 0 ? within(random, [from, to]) : from * Math.pow(to / from, random());
const around = (random: Random, most: number) => most * (2 * random() - 1);

/** Draws where the crop is taken from. */
export function drawView(augmentation: Augmentation, random: Random): View {
  const zoom = 1 / logWithin(random, augmentation.scale);
  const stretch = Math.exp(around(random, augmentation.aspect) / 2);
  const turn = (around(random, augmentation.rotation) * Math.PI) / 180;
  const mirror = random() < augmentation.flip ? -1 : 1;
  const cos = Math.cos(turn);
  const sin = Math.sin(turn);
  return {
    a: mirror * cos * zoom * stretch,
    b: -sin * zoom * stretch,
    c: (mirror * sin * zoom) / stretch,
    d: (cos * zoom) / stretch,
    cx: 0.5 + around(random, augmentation.shift),
    cy: 0.5 + around(random, augmentation.shift),
  };
}

/** Mean lumas below and above which a crop is dark, or bright. */
const DARK = 0.3;
const BRIGHT = 0.7;

/** A patch whose centre keeps off the middle, where nose and mouth tell the class. */
function drawPatch(pixels: Uint8Array, side: number, range: Range, random: Random): void {
  const width = side * within(random, range);
  const height = side * within(random, range);
  let x = 0.5;
  let y = 0.5;
  while (Math.max(Math.abs(x - 0.5), Math.abs(y - 0.5)) < 0.32) [x, y] = [random(), random()];
  const box = [x * side - width / 2, y * side - height / 2, width, height].map(Math.round);
  patch(pixels, side, box as [number, number, number, number], [
    random() * 255,
    random() * 255,
    random() * 255,
  ]);
}

/** Much noise, hardly any contrast, or far too much or too little light. */
function drawHarshness(pixels: Uint8Array, side: number, a: Augmentation, random: Random): void {
  const kind = Math.floor(3 * random());
  if (kind === 0) {
    noise(pixels, side, logWithin(random, a.harshNoise), random);
    return;
  }
  const mean = meanLuma(pixels);
  const darker = mean > BRIGHT || (mean >= DARK && random() < 0.5);
  recolour(pixels, {
    brightness: kind === 1 ? 0 : (darker ? -1 : 1) * within(random, a.harshLight),
    contrast: kind === 1 ? logWithin(random, a.harshContrast) : 1,
    pivot: mean,
    gamma: 1,
    saturation: 1,
    gains: [1, 1, 1],
  });
}

/** Makes inputs of one size; keeps its scratch memory, so one a thread. */
export class ViewMaker {
  readonly size: number;
  readonly #pixels: Uint8Array;
  readonly #scratch: Uint8Array;
  readonly #tables: readonly [Float32Array, Float32Array, Float32Array];

  /** @param size side of the input in pixels */
  constructor(size: number, { mean, std }: Normalisation) {
    this.size = size;
    this.#pixels = new Uint8Array(size * size * 3);
    this.#scratch = new Uint8Array(size * size * 3);
    const table = (k: number) =>
      Float32Array.from({ length: 256 }, (_, byte) => (byte / 255 - mean[k]!) / std[k]!);
    this.#tables = [table(0), table(1), table(2)];
  }

  /** The whole picture, resampled as training does it: what evaluation sees. @returns bytes, valid until the next call */
  plain(picture: Picture): Uint8Array {
    warp(picture, WHOLE, this.#pixels, this.size);
    return this.#pixels;
  }

  /**
   * An augmented view.
   * @param label the picture's class, which says how much of it may be covered; null where it is not known
   * @returns size × size × 3 bytes, valid until the next call
   */
  augmented(
    picture: Picture,
    augmentation: Augmentation,
    random: Random,
    label: Label | null = null,
  ): Uint8Array {
    const { size } = this;
    const a = augmentation;
    const view = drawView(a, random);
    const side = random() < a.distant ? Math.min(size, Math.round(logWithin(random, a.distantSide))) : size;
    // A distant face goes through light and sensor at the few pixels it has, and is enlarged at the end.
    const pixels = side === size ? this.#pixels : this.#pixels.subarray(0, side * side * 3);
    warp(picture, view, pixels, side);
    // Without it the generator is not asked: earlier runs' pictures stay what they were.
    if (a.occlusion > 0 && random() < a.occlusion)
      occlude(pixels, side, drawOcclusion(a.occlusionSide, label, random), random);
    this.#light(pixels, side, a, random);
    this.#lensAndSensor(pixels, side, a, random);
    if (a.harsh > 0 && random() < a.harsh) drawHarshness(pixels, side, a, random);
    if (side === size) return pixels;
    this.#scratch.set(pixels);
    const small = { width: side, height: side, data: this.#scratch.subarray(0, pixels.length) };
    warp(small, WHOLE, this.#pixels, size);
    return this.#pixels;
  }

  #light(pixels: Uint8Array, side: number, a: Augmentation, random: Random): void {
    if (random() < a.patch) drawPatch(pixels, side, a.patchSide, random);
    const mean = meanLuma(pixels);
    if (random() < a.sidelight) {
      const depth = within(random, a.sidelightDepth);
      const angle = random() * 2 * Math.PI;
      if (mean > DARK) sidelight(pixels, side, angle, depth);
    }
    const coloured = random() < a.colour;
    const grey = random() < a.grey;
    if (!coloured && !grey) return;
    const on = coloured ? 1 : 0;
    let gamma = coloured ? logWithin(random, a.gamma) : 1;
    let brightness = on * around(random, a.brightness);
    // A crop that is dark (or bright) already gets no darker (or brighter): the face would be gone.
    if (mean < DARK) [gamma, brightness] = [Math.min(gamma, 1 / gamma), Math.abs(brightness)];
    if (mean > BRIGHT) [gamma, brightness] = [Math.max(gamma, 1 / gamma), -Math.abs(brightness)];
    recolour(pixels, {
      brightness,
      gamma,
      contrast: coloured ? logWithin(random, a.contrast) : 1,
      pivot: Math.pow(mean, gamma),
      saturation: grey ? 0 : within(random, a.saturation),
      gains: [
        1 + on * around(random, a.tint),
        1 + on * around(random, a.tint),
        1 + on * around(random, a.tint),
      ],
    });
  }

  #lensAndSensor(pixels: Uint8Array, side: number, a: Augmentation, random: Random): void {
    const scale = side / 112;
    if (random() < a.blur) {
      const sigma = within(random, a.blurSigma) * scale;
      if (sigma > 0.2) blur(pixels, side, sigma);
    }
    if (random() < a.motion) {
      const length = within(random, a.motionLength) * scale;
      const angle = random() * Math.PI;
      if (length > 1) motionBlur(pixels, side, length, angle, this.#scratch.subarray(0, pixels.length));
    }
    // Enlarged, the same noise and blocks weigh more, and would leave nothing to see.
    const distant = side < this.size;
    if (random() < a.noise)
      noise(pixels, side, within(random, a.noiseDeviation) * (distant ? 0.6 : 1), random);
    if (random() < a.jpeg) {
      const quality = within(random, a.jpegQuality);
      jpegArtefacts(pixels, side, distant ? (100 + quality) / 2 : quality);
    }
  }

  /**
   * Normalises bytes of `plain` or `augmented` into an input.
   * @param out 3×size×size float32 numbers, written
   */
  normalise(pixels: Uint8Array, out: Float32Array): void {
    const [red, green, blue] = this.#tables;
    const plane = this.size * this.size;
    for (let i = 0, from = 0; i < plane; i++, from += 3) {
      out[i] = red[pixels[from]!]!;
      out[i + plane] = green[pixels[from + 1]!]!;
      out[i + 2 * plane] = blue[pixels[from + 2]!]!;
    }
  }
}

const plainMakers = new Map<string, ViewMaker>();

/**
 * The input for a picture as it is, resampled as training does it: what evaluation and `classify --crops` see.
 * @param out 3×size×size float32 numbers, written
 */
export function plainView(
  picture: Picture,
  out: Float32Array,
  size: number,
  normalisation: Normalisation = IMAGENET,
): void {
  const key = JSON.stringify([size, normalisation.mean, normalisation.std]);
  let maker = plainMakers.get(key);
  if (maker === undefined) plainMakers.set(key, (maker = new ViewMaker(size, normalisation)));
  maker.normalise(maker.plain(picture), out);
}
