/** Training on the WebGPU provider, through a software Vulkan device: the same graph learns as it does on CPU. */
import { isMainThread } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { concat, flatten, globalAveragePool, leakyRelu } from '../../src-main/autograd/functions';
import { crossEntropy } from '../../src-main/autograd/losses';
import { sgd } from '../../src-main/autograd/optimiser';
import { type Network, initialWeights, inventory } from '../../src-main/autograd/scope';
import { TrainStep } from '../../src-main/autograd/train-step';
import { batchNorm, conv, dense } from '../../src-main/nets/layers';
import { student } from '../../src-main/nets/student';
import { seeded } from '../../src-main/random';
import { PROVIDER_TABLE } from '../../src-main/watch/providers';
import { noVulkan, vulkanDriver } from '../software-vulkan';

/** Each of its convolutions takes another way through the gradients. */
const network: Network = (scope, images) => {
  const body = student({ widths: [8, 16], blocks: [0, 1], classes: 4, dropout: 0.1 })(scope, images);
  let x = leakyRelu(conv(scope, 'stem', images, 8, { stride: 2 }), 0.1);
  x = leakyRelu(batchNorm(scope, 'norm', conv(scope, 'down', x, 8, { stride: 2, group: 8 })), 0.1);
  x = conv(scope, 'deep', x, 8, { group: 8 });
  return dense(scope, 'top', concat([body, flatten(globalAveragePool(x))], 1), 3);
};
const [size, batch, steps] = [16, 8, 4];

/** Losses of a few steps on one batch of noise, and the weights they end with. */
async function trained(provider: 'cpu' | 'webgpu') {
  const step = await TrainStep.create({
    ...{ network, batch, size, threads: 1 },
    session: PROVIDER_TABLE[provider].options,
    // Not AdamW, whose first steps turn the smallest difference of a gradient into a whole step.
    optimiser: sgd({ nesterov: true }),
    weights: initialWeights(inventory(network, size), seeded(1)),
    loss: (logits, graph) =>
      crossEntropy(logits, graph.input('targets', [batch, 3]), graph.input('weights', [batch])),
  });
  const next = seeded(2);
  const images = Float32Array.from({ length: batch * 3 * size * size }, () => next() * 2 - 1);
  const targets = Float32Array.from({ length: batch * 3 }, (_, i) =>
    Math.floor(i / 3) % 3 === i % 3 ? 1 : 0,
  );
  const extra = { targets, weights: new Float32Array(batch).fill(1) };
  const losses: number[] = [];
  for (let i = 0; i < steps; i++)
    losses.push((await step.run({ images, extra, rate: 0.05, keep: 0.9, random: seeded(3, i) })).loss);
  const weights = step.weights();
  await step.release();
  return { losses, weights };
}

// Compiling shaders for a processor takes seconds, many on a busy machine.
describe.skipIf(noVulkan !== null)('on WebGPU', { timeout: 240_000 }, () => {
  test('a network with batch norm, dropout and convolutions of every kind learns as on CPU', async () => {
    // In a thread, an environment variable would not reach the Vulkan loader.
    expect(isMainThread).toBe(true);
    process.env['VK_ICD_FILENAMES'] = vulkanDriver;
    const [gpu, cpu] = [await trained('webgpu'), await trained('cpu')];
    expect(gpu.losses.at(-1)).toBeLessThan(0.99 * gpu.losses[0]!);
    gpu.losses.forEach((loss, i) => expect(loss).toBeCloseTo(cpu.losses[i]!, 4));
    for (const [name, values] of Object.entries(gpu.weights)) {
      const apart = Math.max(...values.map((value, i) => Math.abs(value - cpu.weights[name]![i]!)));
      expect(apart, name).toBeLessThan(1e-5);
    }
  });
});
