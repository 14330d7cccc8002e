/**
 * The gradients of a convolution, in the forms that were fastest where measured (ARCHITECTURE.md has the figures).
 * Shapes: x N×C×H×W, kernel K×C/g×h×w, upstream gradient dy N×K×H'×W', g groups.
 */
import { concat, matmul, mul, pad, reduceSum, reshape, slice, transpose } from '../functions';
import type { Attributes, Value } from '../graph';
import { intOf, intsOf } from './operator';

type Four = [number, number, number, number];
export const dims = (x: Value): Four => x.shape as unknown as Four;

export interface ConvAttributes {
  strides: number[];
  /** top, left, bottom, right */
  pads: number[];
  dilations: number[];
  group: number;
}

export function readWindow(attributes: Attributes): ConvAttributes {
  return {
    strides: intsOf(attributes, 'strides', [1, 1]),
    pads: intsOf(attributes, 'pads', [0, 0, 0, 0]),
    dilations: intsOf(attributes, 'dilations', [1, 1]),
    group: intOf(attributes, 'group', 1),
  };
}

/** Gradient with respect to the kernel. */
export function kernelGradient(x: Value, w: Value, dy: Value, window: ConvAttributes): Value {
  return window.strides.every((stride) => stride === 1)
    ? kernelGradientByTaps(x, w, dy, window)
    : kernelGradientByConvolution(x, w, dy, window);
}

/** Gradient with respect to the input. */
export function inputGradient(x: Value, w: Value, dy: Value, window: ConvAttributes): Value {
  const { strides, dilations, pads } = window;
  const narrow = dilations.every((d) => d === 1) && pads.every((p, i) => p < w.shape[2 + (i % 2)]!);
  if (narrow && strides.every((stride) => stride === 1)) return inputGradientByConvolution(w, dy, window);
  return inputGradientByTransposition(x, w, dy, window);
}

/**
 * Stride 1: one batched matrix product a tap and group, of the upstream gradient with the picture as that tap
 * sees it; where a group is one channel, the product is a sum of products, taken element by element.
 */
function kernelGradientByTaps(x: Value, w: Value, dy: Value, window: ConvAttributes): Value {
  const [n, c, height, width] = dims(x);
  const [, k, oh, ow] = dims(dy);
  const [, per, h, v] = dims(w);
  const { group } = window;
  const [down, right] = window.dilations as [number, number];
  const [top, left] = window.pads as Four;
  const reach = [down * (h - 1) + oh - height - top, right * (v - 1) + ow - width - left] as const;
  const padded = pad(x, [0, 0, top, left, 0, 0, ...reach]);
  const depthwise = per === 1 && k === group;
  const flat = reshape(dy, [n, group, k / group, oh * ow]);
  const taps = Array.from({ length: h * v }, (_, i) => {
    const [row, column] = [down * Math.floor(i / v), right * (i % v)];
    const seen = slice(padded, [2, 3], [row, column], [row + oh, column + ow]);
    if (depthwise) return reshape(reduceSum(mul(seen, dy), [0, 2, 3]), [k, 1, 1]);
    const columns = transpose(reshape(seen, [n, group, c / group, oh * ow]), [0, 1, 3, 2]);
    return reshape(reduceSum(matmul(flat, columns), [0]), [k, per, 1]);
  });
  return reshape(concat(taps, 2), [k, per, h, v]);
}

/**
 * Any stride: a convolution in which channels and batch change places, the upstream gradient is the kernel, and
 * stride and dilation are swapped.
 */
function kernelGradientByConvolution(x: Value, w: Value, dy: Value, window: ConvAttributes): Value {
  const [n, c, height, width] = dims(x);
  const [, per, h, v] = dims(w);
  const { group } = window;
  const picture =
    group === 1
      ? transpose(x, [1, 0, 2, 3])
      : reshape(transpose(reshape(x, [n, group, c / group, height, width]), [2, 1, 0, 3, 4]), [
          per,
          group * n,
          height,
          width,
        ]);
  const gradient = x.graph.apply('Conv', [picture, transpose(dy, [1, 0, 2, 3])], {
    kernel_shape: { ints: dy.shape.slice(2) },
    pads: { ints: window.pads },
    strides: { ints: window.dilations },
    dilations: { ints: window.strides },
    group: { i: group },
  })[0]!;
  const [, , gh, gv] = dims(gradient);
  // Where the stride did not use the last rows and columns, more taps come out than the kernel has.
  const used = gh === h && gv === v ? gradient : slice(gradient, [2, 3], [0, 0], [h, v]);
  return transpose(used, [1, 0, 2, 3]);
}

/** Stride 1: a convolution with the kernel flipped. */
function inputGradientByConvolution(w: Value, dy: Value, window: ConvAttributes): Value {
  const [k, per, h, v] = dims(w);
  const { group } = window;
  const [top, left, bottom, right] = window.pads as Four;
  const flipped = h * v === 1 ? w : slice(w, [2, 3], [-1, -1], [-h - 1, -v - 1], [-1, -1]);
  const turned =
    group === 1
      ? transpose(flipped, [1, 0, 2, 3])
      : reshape(transpose(reshape(flipped, [group, k / group, per, h, v]), [0, 2, 1, 3, 4]), [
          group * per,
          k / group,
          h,
          v,
        ]);
  return dy.graph.apply('Conv', [dy, turned], {
    kernel_shape: { ints: [h, v] },
    pads: { ints: [h - 1 - top, v - 1 - left, h - 1 - bottom, v - 1 - right] },
    group: { i: group },
  })[0]!;
}

/** Any stride and dilation: a transposed convolution, sized to the input. */
function inputGradientByTransposition(x: Value, w: Value, dy: Value, window: ConvAttributes): Value {
  const { strides, pads, dilations, group } = window;
  const missing = [0, 1].map((i) => {
    const reach = dilations[i]! * (w.shape[i + 2]! - 1) + 1;
    const made = strides[i]! * (dy.shape[i + 2]! - 1) + reach - pads[i]! - pads[i + 2]!;
    return x.shape[i + 2]! - made;
  });
  return dy.graph.apply('ConvTranspose', [dy, w], {
    kernel_shape: { ints: w.shape.slice(2) },
    strides: { ints: strides },
    dilations: { ints: dilations },
    pads: { ints: pads },
    output_padding: { ints: missing },
    group: { i: group },
  })[0]!;
}
