import { describe, expect, test } from 'vitest';
import { crossEntropy } from '../../src-main/autograd/losses';
import { adamW, sgd } from '../../src-main/autograd/optimiser';
import { Graph } from '../../src-main/autograd/graph';
import { type Network, initialWeights, inventory } from '../../src-main/autograd/scope';
import { TrainStep, type TrainStepOptions } from '../../src-main/autograd/train-step';
import { batchNorm, head } from '../../src-main/nets/layers';
import { student } from '../../src-main/nets/student';
import { seeded } from '../../src-main/random';
import { checkGradients, run } from './gradient-check';

const network = student({ widths: [8, 16], blocks: [0, 1], classes: 3, dropout: 0.1 });
const [size, batch] = [16, 12];

const create = (rateSeed = 1, more: Partial<TrainStepOptions> = {}) =>
  TrainStep.create({
    network,
    batch,
    size,
    optimiser: adamW({ decay: 0.01 }),
    weights: initialWeights(inventory(network, size), seeded(rateSeed)),
    threads: 1,
    ...more,
    loss: (logits, graph) =>
      crossEntropy(logits, graph.input('targets', [batch, 3]), graph.input('weights', [batch])),
  });

/** A batch of noise with labels, which only memory can tell. */
const next = seeded(9);
const images = Float32Array.from({ length: batch * 3 * size * size }, () => next() * 2 - 1);
const targets = Float32Array.from({ length: batch * 3 }, (_, i) => (Math.floor(i / 3) % 3 === i % 3 ? 1 : 0));
const feeds = (step: number, rate = 5e-3) => ({
  images,
  extra: { targets, weights: new Float32Array(batch).fill(1) },
  rate,
  keep: 0.9,
  random: seeded(4, step),
});

describe('a training step', () => {
  test('learns a tiny set by heart', async () => {
    const step = await create();
    const first = (await step.run(feeds(0))).loss;
    for (let i = 1; i < 80; i++) await step.run(feeds(i));
    const last = (await step.run(feeds(80))).loss;
    expect(first).toBeGreaterThan(0.8);
    expect(last).toBeLessThan(0.05);
    await step.release();
  });
  test('goes on from a snapshot to the very same weights', async () => {
    const one = await create();
    for (let i = 0; i < 3; i++) await one.run(feeds(i));
    const other = await create(2);
    other.restore(one.snapshot());
    for (let i = 3; i < 6; i++) {
      await one.run(feeds(i));
      await other.run(feeds(i));
    }
    expect(other.weights()).toEqual(one.weights());
    expect(other.weights(true)).toEqual(one.weights(true));
    await one.release();
    await other.release();
  });
  test('parameters with a rate of 0 stay, others move as far as theirs says', async () => {
    const rateOf = (name: string) => (name.startsWith('stage0') ? 0 : name.startsWith('head') ? 1 : 0.1);
    const step = await create(1, { rateOf });
    const before = step.weights();
    await step.run(feeds(0));
    await step.run(feeds(1));
    for (const after of [step.weights(), step.weights(true)])
      expect(after['stage0.down.conv.weight']).toEqual(before['stage0.down.conv.weight']);
    const moved = (name: string) =>
      Math.max(...step.weights()[name]!.map((x, i) => Math.abs(x - before[name]![i]!)));
    // AdamW's first steps move by about the rate, whatever the gradient: 5e-3 here, twice.
    expect(moved('head.weight')).toBeGreaterThan(5e-3);
    expect(moved('stage1.down.conv.weight')).toBeGreaterThan(5e-4);
    expect(moved('stage1.down.conv.weight')).toBeLessThan(2e-3);
    await step.release();
  });
  test('long gradients are shortened to the limit, all together', async () => {
    // Plain gradient descent at rate 1: the move is the gradient.
    const descent = sgd({ momentum: 0 });
    const moved = async (clip?: number) => {
      const step = await create(1, { optimiser: descent, ...(clip && { clip }) });
      const before = step.weights();
      await step.run({ ...feeds(0), rate: 1 });
      const after = step.weights();
      await step.release();
      const squares = inventory(network, size).parameters.flatMap(({ name }) =>
        Array.from(after[name]!, (x, i) => (x - before[name]![i]!) ** 2),
      );
      return Math.sqrt(squares.reduce((sum, x) => sum + x, 0));
    };
    const free = await moved();
    expect(await moved(free / 4)).toBeCloseTo(free / 4, 3);
    expect(await moved(free * 4)).toBeCloseTo(free, 3);
  });
  test('running statistics move a tenth of the way to the batch’s', async () => {
    const plain: Network = (scope, x) => head(scope, 'head', batchNorm(scope, 'bn', x), 3, 0);
    const step = await create(1, {
      network: plain,
      weights: initialWeights(inventory(plain, size), seeded(1)),
    });
    const red = images.filter((_, i) => Math.floor(i / (size * size)) % 3 === 0);
    const mean = red.reduce((sum, x) => sum + x, 0) / red.length;
    const variance = red.reduce((sum, x) => sum + (x - mean) ** 2, 0) / red.length;
    await step.run(feeds(0));
    const weights = step.weights();
    expect(weights['bn.running_mean']![0]).toBeCloseTo(0.1 * mean, 5);
    expect(weights['bn.running_var']![0]).toBeCloseTo(0.9 + 0.1 * variance, 5);
    await step.release();
  });
  test('another network’s snapshot is refused', async () => {
    const step = await create();
    const { state } = step.snapshot();
    expect(() => step.restore({ step: 1, state: { ...state, parameters: new Float32Array(3) } })).toThrow(
      'does not fit this network: parameters differs',
    );
    await step.release();
  });
  test('a loss that is no number is named, and the state is kept', async () => {
    const step = await create();
    const before = step.weights();
    await expect(step.run({ ...feeds(0), images: images.map(() => NaN) })).rejects.toThrow(
      'the loss became NaN at step 1',
    );
    expect(step.weights()).toEqual(before);
    await step.release();
  });
});

describe('cross entropy', () => {
  const value = async (logits: number[], target: number[], weights: number[], smoothing = 0) => {
    const graph = new Graph();
    const n = weights.length;
    const loss = crossEntropy(
      graph.constant(logits, [n, 3], 'l'),
      graph.constant(target, [n, 3], 't'),
      graph.constant(weights, [n], 'w'),
      smoothing,
    );
    return (await run({ loss }, {}))['loss']![0]!;
  };
  test('is −log p of the truth, averaged by weight', async () => {
    const p = Math.exp(2) / (Math.exp(2) + 1 + Math.exp(-1));
    expect(await value([2, 0, -1], [1, 0, 0], [1])).toBeCloseTo(-Math.log(p), 5);
    expect(await value([2, 0, -1, 5, 5, 5], [1, 0, 0, 0, 1, 0], [3, 1])).toBeCloseTo(
      (3 * -Math.log(p) + Math.log(3)) / 4,
      5,
    );
  });
  test('smoothing gives every class its share', async () => {
    const plain = await value([2, 0, -1], [1, 0, 0], [1]);
    const uniform = await value([2, 0, -1], [1 / 3, 1 / 3, 1 / 3], [1]);
    expect(await value([2, 0, -1], [1, 0, 0], [1], 0.3)).toBeCloseTo(0.7 * plain + 0.3 * uniform, 5);
  });
  test('has the right gradient', () =>
    checkGradients({ logits: [4, 3] }, ({ logits }) => {
      const graph = logits!.graph;
      const target = graph.constant([1, 0, 0, 0, 1, 0, 0, 0, 1, 0.5, 0.5, 0], [4, 3], 't');
      return crossEntropy(logits!, target, graph.constant([1, 2, 0.5, 1], [4], 'w'), 0.1);
    }));
});
