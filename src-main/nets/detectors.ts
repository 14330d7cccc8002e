/** The one-shot detectors that can be trained, by name. */
import type { Network } from '../autograd/scope';
import type { Recipe } from './index';
import { ONESHOT, type OneShotOptions, oneShot } from './oneshot';

export interface DetectorArchitecture {
  name: string;
  /** One line for the card and the help. */
  description: string;
  network: Network;
  /** Side of its training pictures in pixels. */
  size: number;
  /** Side of a square with as many pixels as a picture has in use. */
  sizeInUse: number;
  recipe: Recipe;
}

const RECIPE: Recipe = { batch: 16, rate: 2e-3, decay: 0.05, smoothing: 0, clip: 10 };

const made = (name: string, options: OneShotOptions): DetectorArchitecture => ({
  name,
  description: `one-shot detector: ${options.widths.join('-')} channels at strides 4 to 32, heads at 8, 16 and 32`,
  network: oneShot(options),
  size: 320,
  sizeInUse: 352,
  recipe: RECIPE,
});

const DETECTORS: readonly DetectorArchitecture[] = [
  made('oneshot', ONESHOT),
  made('oneshot-large', { ...ONESHOT, widths: [48, 96, 160, 256], blocks: [1, 2, 3, 2], neck: 96, head: 64 }),
];

export const DETECTOR_NAMES: readonly string[] = DETECTORS.map(({ name }) => name);

/** @throws Error when there is no such detector */
export function detectorArchitecture(name: string): DetectorArchitecture {
  const found = DETECTORS.find((detector) => detector.name === name);
  if (!found) throw new Error(`there is no detector ${name}; known are ${DETECTOR_NAMES.join(', ')}`);
  return found;
}
