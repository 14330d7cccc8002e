/** ONNX operators as functions of values: the vocabulary that gradients, losses and networks are written in. */
import { DATA_TYPES } from '../onnx/model';
import type { Attributes, Shape, Value } from './graph';

const one = (x: Value, op: string, inputs: (Value | null)[], attributes: Attributes = {}): Value =>
  x.graph.apply(op, inputs, attributes)[0]!;

/** A value, or a number that stands for a scalar. */
export type Operand = Value | number;
const both = (op: string, a: Operand, b: Operand): Value => {
  const graph = typeof a !== 'number' ? a.graph : (b as Value).graph;
  const value = (x: Operand) => (typeof x === 'number' ? graph.scalar(x) : x);
  return graph.apply(op, [value(a), value(b)])[0]!;
};

export const add = (a: Operand, b: Operand): Value => both('Add', a, b);
export const sub = (a: Operand, b: Operand): Value => both('Sub', a, b);
export const mul = (a: Operand, b: Operand): Value => both('Mul', a, b);
export const div = (a: Operand, b: Operand): Value => both('Div', a, b);
/** The smaller, and the larger, of each two numbers. */
export const min = (a: Operand, b: Operand): Value => both('Min', a, b);
export const max = (a: Operand, b: Operand): Value => both('Max', a, b);
export const sqrt = (x: Value): Value => one(x, 'Sqrt', [x]);
export const neg = (x: Value): Value => one(x, 'Neg', [x]);
export const exp = (x: Value): Value => one(x, 'Exp', [x]);
export const log = (x: Value): Value => one(x, 'Log', [x]);
export const leakyRelu = (x: Value, alpha: number): Value =>
  one(x, 'LeakyRelu', [x], { alpha: { f: alpha } });
export const relu = (x: Value): Value => one(x, 'Relu', [x]);
export const sigmoid = (x: Value): Value => one(x, 'Sigmoid', [x]);
/** log(1 + eˣ) */
export const softplus = (x: Value): Value => one(x, 'Softplus', [x]);
export const hardSwish = (x: Value): Value => one(x, 'HardSwish', [x]);
/** x where positive, slope·x elsewhere; the slope is learnt and broadcasts to x. */
export const prelu = (x: Value, slope: Value): Value => one(x, 'PRelu', [x, slope]);
/** Zero to one along a straight line of the given slope through (0, at0), flat beyond. */
export const hardSigmoid = (x: Value, slope: number, at0: number): Value =>
  one(x, 'HardSigmoid', [x], { alpha: { f: slope }, beta: { f: at0 } });
/** Limits to [low, high]. */
export const clip = (x: Value, low: number, high: number): Value =>
  one(x, 'Clip', [x, x.graph.scalar(low), x.graph.scalar(high)]);

/** The largest numbers along axes, which stay with a length of 1. Not differentiable. */
export const reduceMax = (x: Value, axes: number[]): Value =>
  one(x, 'ReduceMax', [x], { axes: { ints: axes }, keepdims: { i: 1 } });
/** The k largest numbers of each row (last axis), largest first. Not differentiable. */
export const largest = (x: Value, k: number): Value => one(x, 'TopK', [x, x.graph.integers([k])]);
/** A picture N×C×H×W with every pixel doubled both ways. */
export const enlarge = (x: Value): Value =>
  one(x, 'Resize', [x, null, x.graph.constant([1, 1, 2, 2], [4])], {
    mode: { s: 'nearest' },
    coordinate_transformation_mode: { s: 'asymmetric' },
    nearest_mode: { s: 'floor' },
  });

export const matmul = (a: Value, b: Value): Value => one(a, 'MatMul', [a, b]);
/** x·wᵀ + b: x N×in, w out×in, b out. */
export const linear = (x: Value, w: Value, b: Value): Value =>
  one(x, 'Gemm', [x, w, b], { transB: { i: 1 } });

/**
 * The same numbers in another shape; dimensions are sizes. A first dimension that stays is written as ONNX's "as it
 * was", so that a model whose batch is left free can be run on any.
 */
export function reshape(x: Value, shape: Shape): Value {
  if (x.shape.join() === shape.join()) return x;
  const asked = shape.length > 0 && shape[0] === x.shape[0] ? [0, ...shape.slice(1)] : shape;
  return one(x, 'Reshape', [x, x.graph.integers(asked)]);
}
export const flatten = (x: Value): Value => one(x, 'Flatten', [x], { axis: { i: 1 } });
export const transpose = (x: Value, order: number[]): Value =>
  one(x, 'Transpose', [x], { perm: { ints: order } });
export const expand = (x: Value, shape: Shape): Value =>
  x.shape.join() === shape.join() ? x : one(x, 'Expand', [x, x.graph.integers(shape)]);
export const concat = (xs: Value[], axis: number): Value =>
  xs.length === 1 ? xs[0]! : one(xs[0]!, 'Concat', xs, { axis: { i: axis } });
/** Splits into parts of the given lengths along an axis. */
export const split = (x: Value, lengths: number[], axis: number): Value[] =>
  x.graph.apply('Split', [x, x.graph.integers(lengths)], { axis: { i: axis } });
/** Elements [start, end) of each given axis. */
export const slice = (x: Value, axes: number[], starts: number[], ends: number[], steps?: number[]): Value =>
  one(x, 'Slice', [
    x,
    ...[starts, ends, axes, steps ?? axes.map(() => 1)].map((numbers) => x.graph.integers(numbers)),
  ]);
/** Zero padding, as ONNX gives it: all starts, then all ends. */
export const pad = (x: Value, pads: number[]): Value =>
  pads.every((n) => n === 0) ? x : one(x, 'Pad', [x, x.graph.integers(pads)]);

/** The same numbers, through which no gradient flows: a cast to what they are already. */
export const detach = (x: Value): Value => one(x, 'Cast', [x], { to: { i: DATA_TYPES.float32 } });

export const reduceSum = (x: Value, axes: number[], keep = false): Value =>
  one(x, 'ReduceSum', [x, x.graph.integers(axes)], { keepdims: { i: keep ? 1 : 0 } });
export const logSoftmax = (x: Value): Value => one(x, 'LogSoftmax', [x], { axis: { i: -1 } });
export const softmax = (x: Value): Value => one(x, 'Softmax', [x], { axis: { i: -1 } });
export const globalAveragePool = (x: Value): Value => one(x, 'GlobalAveragePool', [x]);

export interface Window {
  /** Step between windows, both ways. Default 1. */
  stride?: number;
  /** Zeros added on all four sides, or on top, left, bottom and right. Default 0. */
  padding?: number | readonly [number, number, number, number];
  /** Step between the kernel's taps. Default 1. */
  dilation?: number;
  /** Channels are divided into so many groups, each with its own part of the kernel. Default 1. */
  group?: number;
}

const four = (padding: NonNullable<Window['padding']>): number[] =>
  typeof padding === 'number' ? [padding, padding, padding, padding] : [...padding];

/** Convolution of x N×C×H×W with w K×C/group×h×w. */
export function conv2d(x: Value, w: Value, b: Value | null = null, window: Window = {}): Value {
  const { stride = 1, padding = 0, dilation = 1, group = 1 } = window;
  return one(x, 'Conv', b ? [x, w, b] : [x, w], {
    kernel_shape: { ints: [w.shape[2]!, w.shape[3]!] },
    strides: { ints: [stride, stride] },
    pads: { ints: four(padding) },
    dilations: { ints: [dilation, dilation] },
    group: { i: group },
  });
}

export type PoolWindow = Pick<Window, 'stride' | 'padding'> & {
  /** A window that begins inside the picture or its first padding counts though it ends beyond. */
  ceil?: boolean;
};

const pool = (op: string, x: Value, size: number, { stride = size, padding = 0, ceil = false }: PoolWindow) =>
  one(x, op, [x], {
    kernel_shape: { ints: [size, size] },
    strides: { ints: [stride, stride] },
    pads: { ints: four(padding) },
    ...(ceil && { ceil_mode: { i: 1 } }),
  });
/** The largest number of each size×size window; windows lie side by side unless a stride is given. */
export const maxPool = (x: Value, size: number, window: PoolWindow = {}): Value =>
  pool('MaxPool', x, size, window);
/** The mean of each window's numbers, padding left out. */
export const averagePool = (x: Value, size: number, window: PoolWindow = {}): Value =>
  pool('AveragePool', x, size, window);

/**
 * Sums a gradient over the axes along which its value was broadcast, so that it has the value's shape.
 */
export function sumTo(gradient: Value, shape: Shape): Value {
  const lead = gradient.shape.length - shape.length;
  const axes = gradient.shape
    .map((dim, axis) => (axis < lead || (shape[axis - lead] === 1 && dim !== 1) ? axis : -1))
    .filter((axis) => axis >= 0);
  return axes.length === 0 ? gradient : reshape(reduceSum(gradient, axes), shape);
}
