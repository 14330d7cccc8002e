/** Pictures and maps at another size, by area: each new place is the mean of what it covers. */
import { matmul } from '../autograd/functions';
import { Graph, type Value } from '../autograd/graph';
import { encodeModel } from '../onnx/encode';
import { Predictor } from './predictor';

/** to×from: how much of each old place a new one takes; rows sum to 1. */
export function areaWeights(from: number, to: number): Float32Array {
  const weights = new Float32Array(to * from);
  const step = from / to;
  for (let i = 0; i < to; i++)
    for (let j = 0; j < from; j++) {
      const covered = Math.min((i + 1) * step, j + 1) - Math.max(i * step, j);
      if (covered > 0) weights[i * from + j] = covered / step;
    }
  return weights;
}

/** @param x …×H×W @returns …×side×side */
export function resample(x: Value, side: number): Value {
  const [height, width] = x.shape.slice(-2) as [number, number];
  const across = (from: number) => Float32Array.from(areaWeights(from, side));
  const turned = (weights: Float32Array, from: number) =>
    Float32Array.from(weights, (_, k) => weights[(k % side) * from + Math.floor(k / side)]!);
  const { graph } = x;
  const rows = height === side ? x : matmul(graph.constant(across(height), [side, height]), x);
  return width === side ? rows : matmul(rows, graph.constant(turned(across(width), width), [width, side]));
}

/** Something that gives pictures of one size at another: N×3×from×from → N×3×to×to. */
export function openResampler(from: number, to: number, threads = 0): Promise<Predictor> {
  const graph = new Graph();
  const resampled = resample(graph.input('images', [1, 3, from, from]), to);
  return Predictor.open(encodeModel(graph.toModel({ resampled }, true)), from, threads);
}
