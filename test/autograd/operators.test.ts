/** Every operator's gradient against finite differences, over random shapes. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as f from '../../src-main/autograd/functions';
import { gradients } from '../../src-main/autograd/backward';
import { Graph, type Value } from '../../src-main/autograd/graph';
import { checkGradients, numbers, random, run } from './gradient-check';

const small = fc.integer({ min: 1, max: 4 });
const over = async (
  arbitrary: fc.Arbitrary<unknown[]>,
  check: (...values: never[]) => Promise<void>,
  runs = 6,
) =>
  fc.assert(
    fc.asyncProperty(arbitrary, (values) => check(...(values as never[]))),
    { numRuns: runs, seed: 7 },
  );

describe('elementwise', () => {
  const pairs: Record<string, (a: Value, b: Value) => Value> = {
    add: f.add,
    sub: f.sub,
    mul: f.mul,
    div: f.div,
  };
  for (const [name, operator] of Object.entries(pairs))
    test(`${name} with broadcasting`, () =>
      over(fc.tuple(small, small, small), async (n: number, c: number, w: number) => {
        const away = (count: number) => numbers(count, random(3)).map((x) => x + Math.sign(x) * 0.5);
        await checkGradients({ a: [n, c, w], b: [c, 1] }, ({ a, b }) => operator(a!, b!), {
          values: { b: away(c) },
        });
        await checkGradients({ a: [1], b: [n, w] }, ({ a, b }) => operator(a!, b!), {
          values: { b: away(n * w) },
        });
      }));
  test('the smaller and the larger of two', async () => {
    const shapes = { a: [3, 5], b: [5] };
    await checkGradients(shapes, ({ a, b }) => f.min(a!, b!), { epsilon: 1e-3 });
    await checkGradients(shapes, ({ a, b }) => f.max(a!, b!), { epsilon: 1e-3 });
  });
  test('nothing passes what is detached', async () => {
    const graph = new Graph();
    const x = graph.input('x', [2]);
    const [gradient] = gradients(f.reduceSum(f.mul(x, f.detach(x)), [0]), [x]);
    const { slope } = await run({ slope: gradient! }, { x: [Float32Array.of(3, -4), [2]] });
    expect(Array.from(slope!)).toEqual([3, -4]); // Of x², 2x.
  });
  test('ReLU, ReLU6 and the hard sigmoid', async () => {
    const values = { x: numbers(60, random(5)).map((x) => 8 * x) };
    await checkGradients({ x: [60] }, ({ x }) => f.relu(x!), { values });
    await checkGradients({ x: [60] }, ({ x }) => f.clip(x!, 0, 6), { values });
    await checkGradients({ x: [60] }, ({ x }) => f.clip(x!, -1.5, 2.5), { values });
    await checkGradients({ x: [60] }, ({ x }) => f.hardSigmoid(x!, 1 / 6, 0.5), { values });
  });
  test('hard swish, sigmoid, softplus and a learnt slope', async () => {
    const values = { x: numbers(60, random(6)).map((x) => 5 * x) };
    await checkGradients({ x: [60] }, ({ x }) => f.hardSwish(x!), { values });
    await checkGradients({ x: [60] }, ({ x }) => f.sigmoid(x!), { values });
    await checkGradients({ x: [60] }, ({ x }) => f.softplus(x!), { values });
    await checkGradients({ x: [2, 3, 4], slope: [3, 1] }, ({ x, slope }) => f.prelu(x!, slope!));
  });
  test('LeakyReLU, both slopes', () => checkGradients({ x: [3, 17] }, ({ x }) => f.leakyRelu(x!, 0.1)));
  test('sqrt, exp and log', async () => {
    const values = { x: numbers(12, random(5)).map((x) => Math.abs(x) + 0.5) };
    await checkGradients({ x: [3, 4] }, ({ x }) => f.sqrt(x!), { values });
    await checkGradients({ x: [3, 4] }, ({ x }) => f.exp(x!));
    await checkGradients({ x: [3, 4] }, ({ x }) => f.log(x!), { values });
  });
  test('softmax and log-softmax', async () => {
    await checkGradients({ x: [4, 3] }, ({ x }) => f.softmax(x!));
    await checkGradients({ x: [4, 3] }, ({ x }) => f.logSoftmax(x!));
  });
});

describe('products and shapes', () => {
  test('matmul, batched and broadcast', async () => {
    await checkGradients({ a: [3, 4], b: [4, 2] }, ({ a, b }) => f.matmul(a!, b!));
    await checkGradients({ a: [2, 3, 4], b: [4, 2] }, ({ a, b }) => f.matmul(a!, b!));
  });
  test('linear', () =>
    checkGradients({ x: [5, 4], w: [3, 4], b: [3] }, ({ x, w, b }) => f.linear(x!, w!, b!)));
  test('reshape, flatten, transpose, expand', async () => {
    await checkGradients({ x: [2, 6] }, ({ x }) => f.reshape(x!, [3, 4]));
    await checkGradients({ x: [2, 3, 2] }, ({ x }) => f.flatten(x!));
    await checkGradients({ x: [2, 3, 4] }, ({ x }) => f.transpose(x!, [2, 0, 1]));
    await checkGradients({ x: [3, 1] }, ({ x }) => f.expand(x!, [2, 3, 4]));
  });
  test('concat, split and sums', async () => {
    await checkGradients({ a: [2, 3], b: [2, 2] }, ({ a, b }) => f.concat([a!, b!], 1));
    await checkGradients({ x: [2, 5] }, ({ x }) => {
      const [first, second] = f.split(x!, [2, 3], 1) as [Value, Value];
      return f.mul(f.reduceSum(first, [1], true), second);
    });
  });
  test('a part of a split that is not used has a gradient of zero', async () => {
    const graph = new Graph();
    const x = graph.input('x', [4]);
    const loss = f.reduceSum(f.split(x, [2, 2], 0)[1]!, [0]);
    const [dx] = gradients(loss, [x]);
    expect(Array.from((await run({ dx: dx! }, {}))['dx']!)).toEqual([0, 0, 1, 1]);
  });
});

describe('pictures', () => {
  test('convolution of any kernel, stride, padding, dilation and group', () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({
          n: small,
          group: fc.integer({ min: 1, max: 3 }),
          // Channels of a group, in and out; 1 and 1 is a depthwise convolution.
          c: fc.integer({ min: 1, max: 3 }),
          k: fc.integer({ min: 1, max: 2 }),
          kernel: fc.integer({ min: 1, max: 4 }),
          stride: fc.integer({ min: 1, max: 3 }),
          dilation: fc.integer({ min: 1, max: 2 }),
          padding: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2)),
          extra: fc.nat(4),
        }),
        async ({ n, group, c, k, kernel, stride, dilation, padding, extra }) => {
          const side = dilation * (kernel - 1) + 1 + extra;
          const shapes = {
            x: [n, group * c, side, side + 1],
            w: [group * k, c, kernel, kernel],
            b: [group * k],
          };
          await checkGradients(shapes, ({ x, w, b }) =>
            f.conv2d(x!, w!, b!, { stride, padding, dilation, group }),
          );
        },
      ),
      { numRuns: 60, seed: 7 },
    ));
  // Small pictures' gradients are written otherwise than large ones', and there are pictures of one line.
  test.each([[[4, 3, 5, 2]], [[2, 3, 12, 11]], [[2, 3, 130]], [[9, 3]]])(
    'batch normalisation of %o, training and frozen',
    async (x) => {
      const shapes = { x, gamma: [3], beta: [3] };
      const normal = (training: boolean) => (inputs: Record<string, Value>) => {
        const { x, gamma, beta } = inputs as { x: Value; gamma: Value; beta: Value };
        const running = [x.graph.constant([0.1, -0.2, 0.3], [3]), x.graph.constant([1, 2, 0.5], [3])];
        const mode = training ? { training_mode: { i: 1 }, momentum: { f: 0 } } : {};
        return x.graph.apply('BatchNormalization', [x, gamma, beta, ...running], {
          epsilon: { f: 1e-5 },
          ...mode,
        })[0]!;
      };
      await checkGradients(shapes, normal(true));
      await checkGradients(shapes, normal(false));
    },
  );
  test('pooling of windows', () =>
    fc.assert(
      fc.asyncProperty(
        fc.record({
          size: fc.integer({ min: 2, max: 3 }),
          stride: fc.integer({ min: 1, max: 3 }),
          padding: fc.tuple(fc.nat(1), fc.nat(1), fc.nat(1), fc.nat(1)),
          extra: fc.nat(4),
        }),
        async ({ size, stride, padding, extra }) => {
          const shapes = { x: [2, 2, size + extra, size + extra + 1] };
          // Numbers far enough apart that no finite difference changes which is the largest.
          const count = 4 * (size + extra) * (size + extra + 1);
          const order = Array.from(numbers(count, random(size)), (key, i) => [key, i] as const).sort();
          const values = { x: new Float32Array(count) };
          order.forEach(([, i], rank) => (values.x[i] = 0.1 * (rank - count / 2)));
          await checkGradients(shapes, ({ x }) => f.maxPool(x!, size, { stride, padding }), { values });
          await checkGradients(shapes, ({ x }) => f.averagePool(x!, size, { stride, padding }));
        },
      ),
      { numRuns: 15, seed: 7 },
    ));
  test('overlapping windows that choose the same number add up', () =>
    checkGradients({ x: [1, 1, 5, 5] }, ({ x }) => f.maxPool(x!, 3, { stride: 1 }), {
      values: { x: Float32Array.from({ length: 25 }, (_, i) => (i === 12 ? 5 : 0.1 * i - 1)) },
    }));
  test('pooling of whole pictures', async () => {
    await checkGradients({ x: [2, 3, 4, 5] }, ({ x }) => f.globalAveragePool(x!));
    await checkGradients({ x: [2, 3, 4, 5] }, ({ x }) => x!.graph.apply('GlobalMaxPool', [x!])[0]!);
  });
});

describe('errors name what is wrong', () => {
  const graph = new Graph();
  const x = graph.input('x', [2, 3, 8, 8]);
  test.each([
    ['an unknown operator', () => graph.apply('Nonsense', [x]), 'operator Nonsense is not known'],
    ['channels', () => f.conv2d(x, graph.input('w', [4, 2, 3, 3])), '3 channels do not fit a kernel for 2'],
    ['a large kernel', () => f.conv2d(x, graph.input('v', [4, 3, 9, 9])), 'kernel is larger than 8×8'],
    ['shapes', () => f.add(x, graph.input('y', [5])), 'do not broadcast'],
    ['a loss of many numbers', () => gradients(x, [x]), 'must be one number'],
    [
      'no gradient',
      () =>
        gradients(
          f.reduceSum(
            graph.apply('ConvTranspose', [x, graph.constant([1, 1, 1], [3, 1, 1, 1])])[0]!,
            [0, 1, 2, 3],
          ),
          [x],
        ),
      'ConvTranspose cannot be differentiated',
    ],
    ['no way', () => gradients(graph.scalar(1), [x]), 'does not depend on x'],
  ])('%s', (_, act, message) => expect(act).toThrow(message));
});
