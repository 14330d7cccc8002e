/**
 * Pretrained weights of faceres, from the npm package @vladmandic/human (MIT), an optional dependency. The terms of
 * its training data (VGGFace2) are unsettled: networks made from it teach; they do not ship.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Weights } from '../../autograd/scope';
import { IMAGENET } from '../../data/augment';
import { BLOCKS } from '../faceres';
import { type StoredTensor, depthwiseKernelOf, kernelOf, readTfjsWeights } from './tfjs-weights';

/** What was taken from pixels 0 to 255, in the order the network takes them: blue, green, red. */
const BGR_MEAN = [103.939, 116.779, 123.68] as const;

/** The model's file in the installed package. @throws Error saying how to get it */
export function faceresFile(): string {
  try {
    const entry = createRequire(import.meta.url).resolve('@vladmandic/human');
    const file = join(dirname(entry), '..', 'models', 'faceres.json');
    if (existsSync(file)) return file;
  } catch {
    // Not installed: said below.
  }
  throw new Error(
    'faceres comes with the npm package @vladmandic/human, which is not installed: npm install',
  );
}

/**
 * Weights of the trunk, by the names of nets/faceres.ts, for pictures normalised as all of ours are (RGB, ImageNet's
 * mean and deviation): its own normalisation is folded into the first layer. That is exact but at the border, where
 * padding stands for a grey that differs by half a level of 255.
 *
 * @throws Error naming the file and what it lacks
 */
export async function faceresWeights(file = faceresFile()): Promise<Weights> {
  const tensors = await readTfjsWeights(file);
  const stored = (name: string): StoredTensor => {
    const tensor = tensors.get(name);
    if (!tensor) throw new Error(`${file} lacks ${name}: it is not the faceres this version knows`);
    return tensor;
  };
  const weights: Weights = renormalised(
    kernelOf(stored('conv1/convolution/merged_input')),
    stored('conv1_bn/batchnorm_1/sub').values,
  );
  BLOCKS.forEach((_, block) => {
    const i = block + 1;
    const scale = stored(`conv_dw_${i}_bn/batchnorm_1/mul`).values;
    weights[`dw${i}.weight`] = depthwiseKernelOf(stored(`conv_dw_${i}/depthwise_kernel`)).map(
      (w, at) => w * scale[Math.floor(at / 9)]!,
    );
    weights[`dw${i}.bias`] = stored(`conv_dw_${i}_bn/batchnorm_1/sub`).values;
    weights[`pw${i}.weight`] = kernelOf(stored(`conv_pw_${i}/convolution/merged_input`));
    weights[`pw${i}.bias`] = stored(`conv_pw_${i}_bn/batchnorm_1/sub`).values;
  });
  return weights;
}

/** The first layer for our pictures instead of blue, green, red minus BGR_MEAN. */
function renormalised(kernel: Float32Array, bias: Float32Array): Weights {
  const taps = kernel.length / bias.length / 3;
  const weight = new Float32Array(kernel.length);
  const shifted = bias.slice();
  for (let k = 0; k < bias.length; k++)
    for (let rgb = 0; rgb < 3; rgb++)
      for (let tap = 0; tap < taps; tap++) {
        const bgr = 2 - rgb;
        const w = kernel[(k * 3 + bgr) * taps + tap]!;
        weight[(k * 3 + rgb) * taps + tap] = w * 255 * IMAGENET.std[rgb]!;
        shifted[k]! += w * (255 * IMAGENET.mean[rgb]! - BGR_MEAN[bgr]!);
      }
  return { 'conv1.weight': weight, 'conv1.bias': shifted };
}
