/**
 * Pretrained weights of nsfwjs, against what TensorFlow.js itself computes with them: the pooled features of a formula's
 * picture (all that are not 0 are in the file), MobileNetV2's with ImageNet's mean as the zeros its first layer adds.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { type Network, inventory, type Weights } from '../../../src-main/autograd/scope';
import { inceptionV3 } from '../../../src-main/nets/inception-v3';
import { mobilenetV2 } from '../../../src-main/nets/mobilenet-v2';
import { inceptionV3Weights, mobilenetV2Weights } from '../../../src-main/nets/pretrained/nsfwjs';
import golden from './nsfwjs-activations.json';
import { pooled } from './pooled';

const NETS: [string, Network, () => Promise<Weights>, Record<string, Record<string, number>>, string][] = [
  ['MobileNetV2', mobilenetV2(), mobilenetV2Weights, golden.mobilenet_v2, 'classifier.1'],
  ['InceptionV3', inceptionV3(), inceptionV3Weights, golden.inception_v3, 'fc'],
];

// InceptionV3 has 22 million numbers to read.
describe.each(NETS)('%s of nsfwjs', { timeout: 240_000 }, (_, network, read, expected, head) => {
  let weights: Weights;
  beforeAll(async () => {
    weights = await read();
  }, 240_000);
  test.each(Object.keys(expected))('computes what TensorFlow.js computes, at %s pixels', async (size) => {
    const got = await pooled(network, weights, Number(size));
    const wanted = Array.from(got, (_, at) => expected[size]![at] ?? 0);
    const apart = Math.max(...got.map((value, at) => Math.abs(value - wanted[at]!)));
    expect(Math.max(...wanted)).toBeGreaterThan(1);
    expect(apart).toBeLessThan(1e-4 * Math.max(...wanted));
  });
  test('gives every weight but the head’s, in its shape', () => {
    const { parameters, buffers } = inventory(network, 128);
    const missing = [...parameters, ...buffers].filter(
      ({ name, shape }) => weights[name]?.length !== shape.reduce((a, b) => a * b, 1),
    );
    expect(missing.map(({ name }) => name)).toEqual([`${head}.weight`, `${head}.bias`]);
  });
});
