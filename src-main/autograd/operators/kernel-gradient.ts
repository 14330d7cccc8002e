/**
 * The gradient of a convolution with respect to its kernel, in the forms that were fastest where measured
 * (ARCHITECTURE.md has the figures). Shapes: x N×C×H×W, kernel K×C/g×h×v, upstream gradient dy N×K×H'×W', g groups.
 */
import { concat, expand, matmul, pad, reduceSum, reshape, slice, transpose } from '../functions';
import type { Value } from '../graph';
import { type ConvWindow, type Four, dims } from './window';

/** Gradient with respect to the kernel. */
export function kernelGradient(x: Value, w: Value, dy: Value, window: ConvWindow): Value {
  const [k, per, h, v] = dims(w);
  const [, , height, width] = dims(dy);
  const { group, strides } = window;
  const dense = strides.every((stride) => stride === 1);
  if (group > 1) {
    if (!dense) return byConvolution(x, w, dy, window);
    return per === 1 && k === group ? byRows(x, w, dy, window) : byTaps(x, w, dy, window);
  }
  if (!dense && per <= 4) return byConvolution(x, w, dy, window);
  // What a product for each picture writes and sums, against what products over all pictures copy beforehand.
  const summed = 4 * k * per * h * v;
  const copied = height * width * (h * v > 1 ? per * h * v : per + k);
  return dense && summed < copied ? byTaps(x, w, dy, window) : byColumns(x, w, dy, window);
}

/** The picture with its padding, and so much that every tap sees dy's height and width. */
function padded(x: Value, w: Value, dy: Value, { pads, strides, dilations }: ConvWindow): Value {
  const [top, left] = pads as Four;
  const reach = [0, 1].map((i) => {
    const seen = dilations[i]! * (w.shape[i + 2]! - 1) + strides[i]! * (dy.shape[i + 2]! - 1) + 1;
    return Math.max(0, seen - x.shape[i + 2]! - pads[i]!);
  });
  return pad(x, [0, 0, top, left, 0, 0, ...reach]);
}

/** What the tap in a row and column of the kernel sees of a padded picture, one number for each of dy's. */
function seenBy(row: number, column: number, picture: Value, dy: Value, window: ConvWindow): Value {
  const from = [row * window.dilations[0]!, column * window.dilations[1]!];
  const to = from.map((start, i) => start + window.strides[i]! * (dy.shape[i + 2]! - 1) + 1);
  return slice(picture, [2, 3], from, to, window.strides);
}

const eachTap = (w: Value, what: (row: number, column: number) => Value): Value[] => {
  const [, , h, v] = dims(w);
  return Array.from({ length: h * v }, (_, i) => what(Math.floor(i / v), i % v));
};

/** Stride 1: a matrix product a tap, picture and group, of dy with the picture as the tap sees it. */
function byTaps(x: Value, w: Value, dy: Value, window: ConvWindow): Value {
  const [n, c] = dims(x);
  const [k, per, h, v] = dims(w);
  const { group } = window;
  const pixels = dy.shape[2]! * dy.shape[3]!;
  const picture = padded(x, w, dy, window);
  const flat = reshape(dy, [n, group, k / group, pixels]);
  const taps = eachTap(w, (row, column) => {
    const seen = reshape(seenBy(row, column, picture, dy, window), [n, group, c / group, pixels]);
    return reshape(reduceSum(matmul(flat, transpose(seen, [0, 1, 3, 2])), [0]), [k, per, 1]);
  });
  return reshape(concat(taps, 2), [k, per, h, v]);
}

/** Above so many weights the products' result is laid out so that it is turned round most cheaply. */
const MANY_WEIGHTS = 300_000;

/**
 * No groups, any stride: one matrix product over all pictures of dy with the picture's columns (im2col), channels
 * before pictures.
 */
function byColumns(x: Value, w: Value, dy: Value, window: ConvWindow): Value {
  const [n, c] = dims(x);
  const [k, , h, v] = dims(w);
  const pixels = n * dy.shape[2]! * dy.shape[3]!;
  const byChannel = (value: Value) => transpose(value, [1, 0, 2, 3]);
  const picture = padded(byChannel(x), w, dy, window);
  const seen = eachTap(w, (row, column) => reshape(seenBy(row, column, picture, dy, window), [c, pixels]));
  const columns = concat(seen, 0);
  const slopes = reshape(byChannel(dy), [k, pixels]);
  return k * c * h * v > MANY_WEIGHTS
    ? transpose(reshape(matmul(slopes, transpose(columns, [1, 0])), [k, h, v, c]), [0, 3, 1, 2])
    : transpose(reshape(matmul(columns, transpose(slopes, [1, 0])), [h, v, c, k]), [3, 2, 0, 1]);
}

/**
 * Depthwise, stride 1. For each channel and row of the kernel, the product of all picture rows with the rows of dy that
 * they meet, W×W': what a tap needs of it is the sum of a diagonal. More arithmetic than is needed, but in a matrix
 * product, and the picture is copied once a row of the kernel instead of once a tap.
 */
function byRows(x: Value, w: Value, dy: Value, window: ConvWindow): Value {
  const [k, per, h, v] = dims(w);
  const [c, n, height, width] = dims(transpose(x, [1, 0, 2, 3]));
  const [, , oh, ow] = dims(dy);
  const [down, right] = window.dilations as [number, number];
  const [top, left] = window.pads as Four;
  /** Rows from one to another of every picture, channels first. */
  const rows = (value: Value, from: number, to: number) => {
    const byChannel = transpose(value, [1, 0, 2, 3]);
    const part = to - from === value.shape[2] ? byChannel : slice(byChannel, [2], [from], [to]);
    return reshape(part, [c, n * (to - from), value.shape[3]!]);
  };
  // Tells which numbers of a product belong to a tap: those where the picture's column is dy's, moved by the tap's.
  const selector = new Float32Array(width * ow * v);
  for (let column = 0; column < v; column++)
    for (let at = 0; at < ow; at++) {
      const seen = at + column * right - left;
      if (seen >= 0 && seen < width) selector[(seen * ow + at) * v + column] = 1;
    }
  const diagonals = x.graph.constant(selector, [width * ow, v]);
  const taps = Array.from({ length: h }, (_, row) => {
    const shift = row * down - top;
    const [from, to] = [Math.max(0, -shift), Math.min(oh, height - shift)];
    if (to <= from) return expand(x.graph.scalar(0), [c, v]);
    const product = matmul(transpose(rows(x, from + shift, to + shift), [0, 2, 1]), rows(dy, from, to));
    return matmul(reshape(product, [c, width * ow]), diagonals);
  });
  return reshape(concat(taps, 1), [k, per, h, v]);
}

/**
 * Any stride and group: a convolution in which channels and batch change places, the upstream gradient is the
 * kernel, and stride and dilation are swapped.
 */
function byConvolution(x: Value, w: Value, dy: Value, window: ConvWindow): Value {
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
