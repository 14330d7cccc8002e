/** The networks of the article: their published sizes, and that each learns. */
import { describe, expect, test } from 'vitest';
import { crossEntropy } from '../../src-main/autograd/losses';
import { adamW } from '../../src-main/autograd/optimiser';
import { type Network, initialWeights, inventory, parameterCount } from '../../src-main/autograd/scope';
import { TrainStep } from '../../src-main/autograd/train-step';
import { densenet121 } from '../../src-main/nets/densenet';
import { faceres } from '../../src-main/nets/faceres';
import { inceptionV3 } from '../../src-main/nets/inception-v3';
import { mobilenetV2 } from '../../src-main/nets/mobilenet-v2';
import { resnet18 } from '../../src-main/nets/resnet';
import { squeezenet11 } from '../../src-main/nets/squeezenet';
import { seeded } from '../../src-main/random';

describe('parameters as published, at 1000 classes', () => {
  test.each([
    ['ResNet-18', resnet18, 11_689_512],
    ['SqueezeNet 1.1', squeezenet11, 1_235_496],
    ['MobileNetV2', mobilenetV2, 3_504_872],
    ['DenseNet-121', densenet121, 7_978_856],
    ['InceptionV3 without its auxiliary classifier', inceptionV3, 23_834_568],
  ])('%s', (_, network, count) => expect(parameterCount(inventory(network(1000), 128))).toBe(count));
});

/** The loss at the start and after some steps on one small batch of noise. */
async function losses(
  network: Network,
  size: number,
  steps: number,
  rate: number,
): Promise<[number, number]> {
  const batch = 4;
  const step = await TrainStep.create({
    network,
    batch,
    size,
    optimiser: adamW({ decay: 0 }),
    weights: initialWeights(inventory(network, size), seeded(1)),
    threads: 1,
    clip: 5,
    loss: (logits, graph) =>
      crossEntropy(logits, graph.input('targets', [batch, 3]), graph.input('weights', [batch])),
  });
  const next = seeded(2);
  const images = Float32Array.from({ length: batch * 3 * size * size }, () => next() * 2 - 1);
  const targets = Float32Array.from({ length: batch * 3 }, (_, i) =>
    Math.floor(i / 3) % 3 === i % 3 ? 1 : 0,
  );
  const feeds = { images, extra: { targets, weights: new Float32Array(batch).fill(1) }, keep: 0.9, rate };
  const seen: number[] = [];
  for (let i = 0; i <= steps; i++) seen.push((await step.run({ ...feeds, random: seeded(3, i) })).loss);
  await step.release();
  return [seen[0]!, Math.min(...seen.slice(1))];
}

describe('a few steps lower the loss on their batch', () => {
  test.each([
    ['ResNet-18', resnet18(), 48, 3, 1e-3],
    ['SqueezeNet 1.1', squeezenet11(), 48, 8, 1e-3],
    ['MobileNetV2', mobilenetV2(), 48, 8, 2e-3],
    ['DenseNet-121', densenet121(), 48, 3, 1e-3],
    ['InceptionV3', inceptionV3(), 80, 2, 1e-4],
    ['faceres', faceres(), 48, 8, 1e-3],
  ] as const)('%s', async (_, network, size, steps, rate) => {
    const [first, last] = await losses(network, size, steps, rate);
    expect(last).toBeLessThan(first);
  });
});
