/** Losses and optimisers against their formulas, computed plainly. */
import { describe, expect, test } from 'vitest';
import { Graph } from '../../src-main/autograd/graph';
import { binaryCrossEntropy, divergence, meanSquaredError } from '../../src-main/autograd/losses';
import { type Optimiser, sgd } from '../../src-main/autograd/optimiser';
import { oneCycle, stepped } from '../../src-main/learn/schedule';
import { checkGradients, numbers, random, run } from './gradient-check';

describe('losses', () => {
  test('squared error: its value and its gradient', async () => {
    const graph = new Graph();
    const loss = meanSquaredError(graph.constant([1, 2, 3, 4], [2, 2]), graph.constant([1, 0, 0, 4], [2, 2]));
    expect((await run({ loss }, {}))['loss']![0]).toBeCloseTo((4 + 9) / 4, 6);
    await checkGradients({ a: [3, 2], b: [3, 2] }, ({ a, b }) => meanSquaredError(a!, b!));
  });
  test('binary cross entropy, also where a sigmoid would be 0 or 1', async () => {
    const graph = new Graph();
    const each = binaryCrossEntropy(
      graph.constant([0, 2, -80, 80], [4]),
      graph.constant([1, 0, 1, 0.5], [4]),
    );
    const values = (await run({ each }, {}))['each']!;
    [Math.log(2), Math.log(1 + Math.exp(2)), 80, 40].forEach((x, i) => expect(values[i]).toBeCloseTo(x, 4));
    await checkGradients({ z: [3, 2], to: [3, 2] }, ({ z, to }) => binaryCrossEntropy(z!, to!));
  });
  test('divergence is 0 from itself, and its gradient is right', async () => {
    const graph = new Graph();
    const z = graph.constant(numbers(6, random(2)), [2, 3]);
    const loss = divergence(z, z, graph.constant([1, 2], [2]), 3);
    expect((await run({ loss }, {}))['loss']![0]).toBeCloseTo(0, 6);
    await checkGradients({ p: [2, 3], q: [2, 3] }, ({ p, q }) =>
      divergence(p!, q!, p!.graph.constant([1, 2], [2]), 3),
    );
  });
});

describe('stochastic gradient descent', () => {
  /** Where a parameter at 1 with a gradient of 2 goes in three steps. */
  async function walk(optimiser: Optimiser): Promise<number> {
    let [parameter, velocity] = [1, 0];
    for (let step = 1; step <= 3; step++) {
      const graph = new Graph();
      const scalar = (x: number) => graph.constant([x], [1]);
      const next = optimiser.update({
        parameter: scalar(parameter),
        gradient: scalar(2),
        state: optimiser.state.map(() => scalar(velocity)),
        rate: graph.scalar(0.1),
        step: graph.scalar(step),
        decay: true,
      });
      const got = await run(
        { parameter: next.parameter, ...(next.state[0] && { velocity: next.state[0] }) },
        {},
      );
      parameter = got['parameter']![0]!;
      velocity = got['velocity']?.[0] ?? 0;
    }
    return parameter;
  }
  test('plain, with momentum, with a look ahead, with decay', async () => {
    expect(await walk(sgd({ momentum: 0 }))).toBeCloseTo(1 - 0.6, 5);
    // Velocities 2, 3.8, 5.42.
    expect(await walk(sgd())).toBeCloseTo(1 - 0.1 * 11.22, 5);
    expect(await walk(sgd({ nesterov: true }))).toBeCloseTo(1 - 0.1 * (6 + 0.9 * 11.22), 5);
    expect(await walk(sgd({ momentum: 0, decay: 0.5 }))).toBeCloseTo(
      [1, 2, 3].reduce((w) => w - 0.1 * (2 + 0.5 * w), 1),
      5,
    );
  });
});

describe('schedules', () => {
  test('in steps', () => expect([0, 9, 10, 25].map((at) => stepped(at, 1, 10))).toEqual([1, 1, 0.1, 0.01]));
  test('one cycle rises to its peak and falls to almost nothing', () => {
    const rates = Array.from({ length: 101 }, (_, i) => oneCycle(i, 100, 0.5));
    expect(rates[0]).toBeCloseTo(0.02, 6);
    expect(rates[30]).toBeCloseTo(0.5, 6);
    expect(Math.max(...rates)).toBe(rates[30]);
    expect(rates[100]).toBeCloseTo(5e-5, 8);
    rates.slice(1, 31).forEach((rate, i) => expect(rate).toBeGreaterThan(rates[i]!));
  });
});
