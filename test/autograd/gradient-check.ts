/** Compares the gradients autograd builds with finite differences, on real ONNX Runtime. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { expect } from 'vitest';
import { gradients } from '../../src-main/autograd/backward';
import { mul, reduceSum } from '../../src-main/autograd/functions';
import { Graph, type Shape, type Value } from '../../src-main/autograd/graph';
import { encodeModel } from '../../src-main/onnx/encode';

/** A small generator of numbers in [0, 1) (mulberry32), so that a failing case can be run again. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const size = (shape: Shape): number => shape.reduce((product, dim) => product * dim, 1);
/** Numbers in [−1, 1) that keep away from 0, where a kink would spoil a finite difference. */
export const numbers = (count: number, next: () => number): Float32Array =>
  Float32Array.from({ length: count }, () => {
    const x = next() * 2 - 1;
    return x + Math.sign(x) * 0.05;
  });

/** Runs a graph once on CPU. */
export async function run(outputs: Record<string, Value>, feeds: Record<string, [Float32Array, Shape]>) {
  const graph = Object.values(outputs)[0]!.graph;
  const session = await InferenceSession.create(encodeModel(graph.toModel(outputs)));
  const known = new Set(session.inputNames);
  const tensors = Object.entries(feeds)
    .filter(([name]) => known.has(name))
    .map(([name, [data, dims]]) => [name, new Tensor('float32', data, dims)] as const);
  const result = await session.run(Object.fromEntries(tensors));
  await session.release();
  return Object.fromEntries(Object.entries(result).map(([name, t]) => [name, t.data as Float32Array]));
}

/**
 * Checks d(loss)/d(input) of `build` for every input at a handful of random places, the loss being a random
 * weighting of the outputs.
 */
export async function checkGradients(
  shapes: Record<string, Shape>,
  build: (inputs: Record<string, Value>) => Value,
  { seed = 1, epsilon = 1e-2, tolerance = 2e-2, values = {} as Record<string, Float32Array> } = {},
): Promise<void> {
  const next = random(seed);
  const graph = new Graph();
  const inputs = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, graph.input(name, shape)]),
  );
  const y = build(inputs);
  const shares = numbers(size(y.shape), next);
  const weights = graph.constant(shares, y.shape, 'weights');
  const loss = reduceSum(
    mul(y, weights),
    y.shape.map((_, axis) => axis),
  );
  const asked = gradients(loss, Object.values(inputs));
  asked.forEach((gradient, i) => expect(gradient.shape).toEqual(Object.values(inputs)[i]!.shape));

  const data = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, values[name] ?? numbers(size(shape), next)]),
  );
  const feeds = () =>
    Object.fromEntries(Object.entries(data).map(([n, d]) => [n, [d, shapes[n]!] as [Float32Array, Shape]]));
  const outputs = Object.fromEntries(Object.keys(shapes).map((name, i) => [`d_${name}`, asked[i]!]));
  const analytic = await run(outputs, feeds());

  const session = await InferenceSession.create(encodeModel(graph.toModel({ loss, y })));
  const lossOf = async (): Promise<number> => {
    const tensors = Object.entries(feeds()).map(
      ([n, [d, dims]]) => [n, new Tensor('float32', d, dims)] as const,
    );
    const out = (await session.run(Object.fromEntries(tensors)))['y']!.data as Float32Array;
    // Summed in double precision here: float32 sums would hide the difference looked for.
    return out.reduce((sum, value, i) => sum + value * shares[i]!, 0);
  };
  for (const [name, array] of Object.entries(data)) {
    for (let trial = 0; trial < 6; trial++) {
      const at = Math.floor(next() * array.length);
      const kept = array[at]!;
      array[at] = kept + epsilon;
      const above = await lossOf();
      array[at] = kept - epsilon;
      const below = await lossOf();
      array[at] = kept;
      const numeric = (above - below) / (2 * epsilon);
      const got = analytic[`d_${name}`]![at]!;
      const error = Math.abs(numeric - got) / Math.max(1, Math.abs(numeric));
      expect(error, `d/d${name}[${at}]: numeric ${numeric}, got ${got}`).toBeLessThan(tolerance);
    }
  }
  await session.release();
}
