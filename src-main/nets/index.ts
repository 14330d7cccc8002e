/** The architectures that can be trained, by name. */
import { basename } from 'node:path';
import type { Network, Weights } from '../autograd/scope';
import { faceres, faceresRate } from './faceres';
import { cnn4 } from './cnn4';
import { densenet121 } from './densenet';
import { inceptionV3 } from './inception-v3';
import { mobilenetV2 } from './mobilenet-v2';
import { fromOnnx } from './onnx/from-onnx';
import { faceresWeights } from './pretrained/faceres';
import { resnet18 } from './resnet';
import { squeezenet11 } from './squeezenet';
import { student } from './student';

/** How a network is best trained, where nothing else is asked for. */
export interface Recipe {
  /** Images in a step. */
  batch: number;
  /** Highest learning rate. */
  rate: number;
  /** What that is multiplied by for a parameter, by its name. */
  rateOf?: (name: string) => number;
  /** AdamW's weight decay. */
  decay: number;
  /** Label smoothing, 0 to 1. */
  smoothing: number;
  /** Longest gradient. */
  clip?: number;
}

export interface Architecture {
  name: string;
  /** One line for the card and the help. */
  description: string;
  network: Network;
  /** Side of the pictures it is trained at, in pixels, when nothing else is asked for. */
  size: number;
  recipe: Recipe;
  /** Weights to begin from, of all parameters or some; the others begin at random. */
  pretrained?: () => Promise<Weights>;
}

/** For the large networks, begun at random. */
const FROM_SCRATCH: Recipe = { batch: 32, rate: 1e-3, decay: 0.05, smoothing: 0.05, clip: 5 };

export const ARCHITECTURES: readonly Architecture[] = [
  {
    name: 'student',
    description:
      'residual CNN with LeakyReLU: 16-32-64-96 channels, one residual block a stage after the first',
    network: student(),
    size: 112,
    recipe: { batch: 32, rate: 2e-3, decay: 0.05, smoothing: 0.05 },
  },
  {
    name: 'faceres',
    description: 'MobileNetV1-like network pretrained on faces (@vladmandic/human), for teaching',
    network: faceres(),
    size: 112,
    recipe: { batch: 64, rate: 2e-3, rateOf: faceresRate, decay: 0.05, smoothing: 0.05, clip: 5 },
    pretrained: () => faceresWeights(),
  },
  ...(
    [
      ['cnn4', "the article's CNN: 16-32-64-96 channels, LeakyReLU", cnn4()],
      ['resnet18', 'ResNet-18', resnet18()],
      ['squeezenet1_1', 'SqueezeNet 1.1', squeezenet11()],
      ['mobilenet_v2', 'MobileNetV2', mobilenetV2()],
      ['densenet121', 'DenseNet-121', densenet121()],
      ['inception_v3', 'InceptionV3 without its auxiliary classifier', inceptionV3()],
    ] as const
  ).map(([name, description, network]) => ({ name, description, network, size: 128, recipe: FROM_SCRATCH })),
];

/**
 * An architecture by its name, or an ONNX classifier by its file, which then begins from its own weights.
 * @throws Error when there is no such architecture, or the file cannot be trained
 */
export async function architectureOf(name: string): Promise<Architecture> {
  if (name.endsWith('.onnx')) return importedArchitecture(name);
  const found = ARCHITECTURES.find((architecture) => architecture.name === name);
  if (!found)
    throw new Error(`there is no network ${name}; known are ${ARCHITECTURES.map((a) => a.name).join(', ')}`);
  return found;
}

async function importedArchitecture(file: string): Promise<Architecture> {
  const { network, weights } = await fromOnnx(file);
  return {
    name: basename(file, '.onnx'),
    description: `the layers of ${basename(file)} with a new head`,
    network,
    size: 128,
    recipe: { ...FROM_SCRATCH, rateOf: (parameter) => (parameter.startsWith('head') ? 1 : 0.15) },
    pretrained: () => Promise.resolve(weights),
  };
}
