/** Batch norm in training, written channel by channel, gives what ONNX Runtime's own operator gives. */
import { describe, expect, test } from 'vitest';
import { clip } from '../../src-main/autograd/functions';
import { Graph } from '../../src-main/autograd/graph';
import { normByChannels } from '../../src-main/onnx/channel-norm';
import { encodeModel } from '../../src-main/onnx/encode';
import type { Model } from '../../src-main/onnx/model';
import { seeded } from '../../src-main/random';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** The graph of a norm by the batch's statistics, with an activation after it. */
function norm(shape: readonly [number, number, number, number]): { model: Model; graph: Graph } {
  const graph = new Graph();
  const [, channels] = shape;
  const vector = (name: string) => graph.input(name, [channels]);
  const [y, mean, variance] = graph.apply(
    'BatchNormalization',
    [graph.input('x', shape), vector('gamma'), vector('beta'), vector('running'), vector('spread')],
    { epsilon: { f: 1e-3 }, training_mode: { i: 1 }, momentum: { f: 0 } },
  );
  return { graph, model: graph.toModel({ y: clip(y!, -1, 1.5), mean: mean!, variance: variance! }) };
}

async function run(model: Model, shape: readonly number[], offset: number) {
  const random = seeded(7);
  const numbers = (length: number, from: number) =>
    Float32Array.from({ length }, () => from + 2 * random() - 1);
  const channels = shape[1]!;
  const session = await InferenceSession.create(encodeModel(model), { intraOpNumThreads: 1 });
  const size = shape.reduce((a, b) => a * b, 1);
  const all: Record<string, Tensor> = { x: new Tensor('float32', numbers(size, offset), shape) };
  for (const name of ['gamma', 'beta', 'running', 'spread'])
    all[name] = new Tensor('float32', numbers(channels, 1), [channels]);
  const out = await session.run(Object.fromEntries(session.inputNames.map((name) => [name, all[name]!])));
  await session.release();
  return out;
}

describe('batch norm by channels', () => {
  test.each([
    [[4, 5, 12, 13], 0, 1e-5],
    [[32, 3, 32, 32], 0, 1e-5],
    // Far from 0 digits are lost, but not many: the variance is a third.
    [[8, 2, 16, 16], 10, 1e-3],
  ] as const)('of %j about %d is what the operator gives', async (shape, offset, tolerance) => {
    const { model, graph } = norm(shape);
    const written = normByChannels(model, graph.shapes);
    expect(written.nodes.map(({ op }) => op)).not.toContain('BatchNormalization');
    const [should, is] = [await run(model, shape, offset), await run(written, shape, offset)];
    for (const name of ['y', 'mean', 'variance']) {
      const [a, b] = [should[name]!.data as Float32Array, is[name]!.data as Float32Array];
      expect(a.length).toBe(b.length);
      expect(Math.max(...a.map((number, i) => Math.abs(number - b[i]!)))).toBeLessThan(tolerance);
    }
  });
  test('gives no variance below 0 where all numbers are alike', async () => {
    const shape = [4, 2, 16, 16] as const;
    const { model, graph } = norm(shape);
    const same = Float32Array.from({ length: 2048 }, () => 12.345);
    const session = await InferenceSession.create(encodeModel(normByChannels(model, graph.shapes)));
    const ones = () => new Tensor('float32', new Float32Array(2).fill(1), [2]);
    const vectors = { gamma: ones(), beta: ones(), running: ones(), spread: ones() };
    const feeds = { x: new Tensor('float32', same, shape), ...vectors };
    const { variance, y } = await session.run(feeds);
    for (const number of variance!.data as Float32Array) expect(number).toBeGreaterThanOrEqual(0);
    for (const number of y!.data as Float32Array) expect(number).toBeCloseTo(1, 1);
    await session.release();
  });
  test('leaves small pictures to the operator', () => {
    const { model, graph } = norm([4, 5, 8, 8]);
    expect(normByChannels(model, graph.shapes).nodes).toEqual(model.nodes);
  });
});
