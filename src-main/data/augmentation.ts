/**
 * What augmentation may do to a crop, how strongly and how often, and the defaults that training uses. Ranges
 * are wide enough for what the live path gives: a detector's boxes, which sit less exactly than annotated ones,
 * faces at a distance, poor light and a cheap camera's picture.
 */

/** From the least to the most. */
export type Range = readonly [from: number, to: number];

/** Probabilities are 0 to 1; sizes are shares of the crop's side unless said otherwise. */
export interface Augmentation {
  /** Largest move to each side. */
  shift: number;
  /** How large the face appears against the stored crop: 1 as it is, less is smaller. Log-uniform. */
  scale: Range;
  /** Largest change of width against height, as a share. */
  aspect: number;
  /** Largest turn to each side, in degrees. */
  rotation: number;
  /** Probability of mirroring left and right. */
  flip: number;

  /** Probability that the colours change at all; the strengths below then apply together. */
  colour: number;
  /** Largest brightening or darkening, as a share of full scale. */
  brightness: number;
  /** Contrast about the crop's mean, as a factor. Log-uniform. */
  contrast: Range;
  /** Exponent of the tone curve; more than 1 darkens. Log-uniform. */
  gamma: Range;
  /** Colourfulness as a factor; 0 is grey. */
  saturation: Range;
  /** Largest gain of each channel on its own, as a share: the light's colour, the camera's white balance. */
  tint: number;
  /** Probability of taking all colour away, as night cameras do. */
  grey: number;
  /** Probability of light that falls off across the face, and how dark its dark side gets, as a factor. */
  sidelight: number;
  sidelightDepth: Range;

  /** Probability of a face at a distance: the crop is shrunk to a side of `distantSide` pixels and back. */
  distant: number;
  distantSide: Range;
  /** Probability of blur out of focus, and its Gaussian's sigma in pixels of a crop of 112. */
  blur: number;
  blurSigma: Range;
  /** Probability of blur by movement, and its length in pixels of a crop of 112. */
  motion: number;
  motionLength: Range;
  /** Probability of sensor noise, and its standard deviation in grey levels of 255. */
  noise: number;
  noiseDeviation: Range;
  /** Probability of a JPEG's blocks and ringing, and its quality, 1 to 100. */
  jpeg: number;
  jpegQuality: Range;
  /** Probability of a patch over part of the crop (a bag, a passer-by), never over its middle, and its sides. */
  patch: number;
  patchSide: Range;
  /** Probability of something before the face, its middle included, that is no mask (see occlusion.ts), and its sides. */
  occlusion: number;
  occlusionSide: Range;
  /**
   * Probability of one thing beyond all that: a sensor in the dark, with noise of this standard deviation in grey levels;
   * mist or glare, which leave this factor of the contrast; or light added or taken away, as a share of full scale. Of
   * pictures that are dark (or bright) already no more is taken (or added).
   */
  harsh: number;
  harshNoise: Range;
  harshContrast: Range;
  harshLight: Range;
}

/** What `train` uses. */
export const DEFAULT_AUGMENTATION: Augmentation = {
  shift: 0.1,
  scale: [0.8, 1.25],
  aspect: 0.08,
  rotation: 15,
  flip: 0.5,
  colour: 0.8,
  brightness: 0.15,
  contrast: [0.7, 1.4],
  gamma: [0.7, 1.5],
  saturation: [0.4, 1.5],
  tint: 0.1,
  grey: 0.1,
  sidelight: 0.15,
  sidelightDepth: [0.35, 0.8],
  distant: 0.3,
  distantSide: [24, 72],
  blur: 0.12,
  blurSigma: [0.4, 1.8],
  motion: 0.08,
  motionLength: [3, 8],
  noise: 0.15,
  noiseDeviation: [2, 10],
  jpeg: 0.15,
  jpegQuality: [25, 85],
  patch: 0.08,
  patchSide: [0.1, 0.25],
  // Only where it is asked for: `--occlusion`.
  occlusion: 0,
  occlusionSide: [0.12, 0.28],
  // Likewise: `--harsh`.
  harsh: 0,
  harshNoise: [12, 80],
  harshContrast: [0.08, 0.6],
  harshLight: [0.15, 0.45],
};

/** Changes nothing: for measuring, and to build others from. */
export const NO_AUGMENTATION: Augmentation = {
  ...DEFAULT_AUGMENTATION,
  shift: 0,
  scale: [1, 1],
  aspect: 0,
  rotation: 0,
  flip: 0,
  colour: 0,
  grey: 0,
  sidelight: 0,
  distant: 0,
  blur: 0,
  motion: 0,
  noise: 0,
  jpeg: 0,
  patch: 0,
};
