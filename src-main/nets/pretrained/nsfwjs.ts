/**
 * Pretrained weights of MobileNetV2 and InceptionV3, from the npm package nsfwjs (MIT), an optional dependency: Keras's
 * networks as they were trained on ImageNet and trained on from there, in eight bits. Of MobileNetV2 the layers up to
 * block_10 are ImageNet's still. The weights lie in JavaScript files, as base64; nothing else of the package is run.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Weights } from '../../autograd/scope';
import { IMAGENET } from '../../data/augment';
import { depthwiseKernelOf, kernelOf, type StoredTensor, tensorsOf } from './tfjs-weights';

const load = createRequire(import.meta.url);

/** The folder of a model in the installed package. @throws Error saying how to get it */
export function nsfwjsFolder(model: string): string {
  try {
    const folder = join(dirname(fileURLToPath(import.meta.resolve('nsfwjs'))), '..', 'models', model);
    if (existsSync(folder)) return folder;
  } catch {
    // Not installed: said below.
  }
  throw new Error(
    `pretrained weights of ${model} come with the npm package nsfwjs, which is not installed: npm install; ` +
      '--scratch begins without them',
  );
}

/** Reads a tensor by its name in the model. */
type Read = (name: string) => StoredTensor;

async function open(model: string): Promise<Read> {
  const folder = nsfwjsFolder(model);
  const file = join(folder, 'model.min.js');
  const part = (path: string) => {
    const text: unknown = load(path);
    if (typeof text !== 'string')
      throw new Error(`${path} holds no weights: it is not the nsfwjs this version knows`);
    return Promise.resolve(Buffer.from(text, 'base64'));
  };
  const tensors = await tensorsOf(load(file), file, (path) => part(join(folder, `${path}.min.js`)));
  return (name) => {
    const tensor = tensors.get(name);
    if (!tensor) throw new Error(`${file} lacks ${name}: it is not the nsfwjs this version knows`);
    return tensor;
  };
}

/** What Keras adds to a variance. */
const EPSILON = 1e-3;

/**
 * A batch norm's numbers.
 * @param stored its name in the model
 * @param epsilon what our network adds to a variance; where that is another number, the variance makes up for it
 */
function norm(read: Read, stored: string, name: string, epsilon: number): Weights {
  return {
    [`${name}.bias`]: read(`${stored}/beta`).values,
    [`${name}.running_mean`]: read(`${stored}/moving_mean`).values,
    [`${name}.running_var`]: read(`${stored}/moving_variance`).values.map((v) => v + EPSILON - epsilon),
  };
}

/**
 * Makes the first layer take our pictures, normalised with ImageNet's mean and deviation, where it took shares of 0 to
 * 1: exact but at the border, where padding stands for ImageNet's mean instead of black.
 */
function renormalised(weights: Weights, conv: string, bn: string): Weights {
  const kernel = weights[`${conv}.weight`]!;
  const mean = weights[`${bn}.running_mean`]!.slice();
  const taps = kernel.length / mean.length / 3;
  const channel = (at: number) => Math.floor(at / taps) % 3;
  kernel.forEach((w, at) => (mean[Math.floor(at / taps / 3)]! -= w * IMAGENET.mean[channel(at)]!));
  return {
    ...weights,
    [`${conv}.weight`]: kernel.map((w, at) => w * IMAGENET.std[channel(at)]!),
    [`${bn}.running_mean`]: mean,
  };
}

/** Blocks of MobileNetV2 that widen: block_1 to block_16. */
const WIDENING = 16;

/** By the names of nets/mobilenet-v2.ts, without the head. @throws Error naming the file and what it lacks */
export async function mobilenetV2Weights(): Promise<Weights> {
  const read = await open('mobilenet_v2');
  const layer = (stored: string, bn: string, conv: string, name: string): Weights => ({
    [`${conv}.weight`]: stored.endsWith('depthwise')
      ? depthwiseKernelOf(read(`${stored}/depthwise_kernel`))
      : kernelOf(read(`${stored}/kernel`)),
    [`${name}.weight`]: read(`${bn}/gamma`).values,
    ...norm(read, bn, name, 1e-5),
  });
  /** The place-th convolution and its norm of a block: beside each other in one, one after another at its end. */
  const inner = (stored: string, block: number, place: number, last = false): Weights => {
    const at = `features.${block}.conv.${place}`;
    const [conv, bn] = last ? [at, `features.${block}.conv.${place + 1}`] : [`${at}.0`, `${at}.1`];
    return layer(stored, `${stored}_BN`, conv, bn);
  };
  const weights: Weights = {
    ...layer('Conv1', 'bn_Conv1', 'features.0.0', 'features.0.1'),
    ...inner('expanded_conv_depthwise', 1, 0),
    ...inner('expanded_conv_project', 1, 1, true),
    ...layer('Conv_1', 'Conv_1_bn', 'features.18.0', 'features.18.1'),
  };
  for (let i = 1; i <= WIDENING; i++)
    Object.assign(
      weights,
      inner(`block_${i}_expand`, i + 1, 0),
      inner(`block_${i}_depthwise`, i + 1, 1),
      inner(`block_${i}_project`, i + 1, 2, true),
    );
  return renormalised(weights, 'features.0.0', 'features.0.1');
}

const DOUBLE = ['branch3x3dbl_1', 'branch3x3dbl_2', 'branch3x3dbl_3'];
const A = ['branch1x1', 'branch5x5_1', 'branch5x5_2', ...DOUBLE, 'branch_pool'];
const C = [
  ...['branch1x1', 'branch7x7_1', 'branch7x7_2', 'branch7x7_3'],
  ...[1, 2, 3, 4, 5].map((k) => `branch7x7dbl_${k}`),
  'branch_pool',
];
const E = [
  ...['branch1x1', 'branch3x3_1', 'branch3x3_2a', 'branch3x3_2b'],
  ...['branch3x3dbl_1', 'branch3x3dbl_2', 'branch3x3dbl_3a', 'branch3x3dbl_3b', 'branch_pool'],
];
/** Our names of InceptionV3's convolutions in the order in which Keras makes, and so numbers, them. */
const INCEPTION_ORDER: readonly string[] = [
  ...['Conv2d_1a_3x3', 'Conv2d_2a_3x3', 'Conv2d_2b_3x3', 'Conv2d_3b_1x1', 'Conv2d_4a_3x3'],
  ...['5b', '5c', '5d'].flatMap((block) => A.map((name) => `Mixed_${block}.${name}`)),
  ...['branch3x3', ...DOUBLE].map((name) => `Mixed_6a.${name}`),
  ...['6b', '6c', '6d', '6e'].flatMap((block) => C.map((name) => `Mixed_${block}.${name}`)),
  ...['branch3x3_1', 'branch3x3_2', ...[1, 2, 3, 4].map((k) => `branch7x7x3_${k}`)].map(
    (name) => `Mixed_7a.${name}`,
  ),
  ...['7b', '7c'].flatMap((block) => E.map((name) => `Mixed_${block}.${name}`)),
];

/** By the names of nets/inception-v3.ts, without the head. @throws Error naming the file and what it lacks */
export async function inceptionV3Weights(): Promise<Weights> {
  const read = await open('inception_v3');
  const weights: Weights = {};
  INCEPTION_ORDER.forEach((name, i) => {
    weights[`${name}.conv.weight`] = kernelOf(read(`conv2d_${i + 1}/kernel`));
    Object.assign(weights, norm(read, `batch_normalization_${i + 1}`, `${name}.bn`, EPSILON));
    // Keras's InceptionV3 does not scale: ReLU follows.
    weights[`${name}.bn.weight`] = weights[`${name}.bn.bias`]!.map(() => 1);
  });
  return renormalised(weights, 'Conv2d_1a_3x3.conv', 'Conv2d_1a_3x3.bn');
}
