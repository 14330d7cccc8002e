/**
 * Convolution and the forms of its gradients: for each there is one that any stride and dilation allows and one
 * that is faster where the stride is 1.
 */
import { concat, matmul, pad, reduceSum, reshape, slice, transpose } from '../functions';
import type { Attributes, Value } from '../graph';
import { type Operator, intOf, intsOf } from './operator';

type Four = [number, number, number, number];
const dims = (x: Value): Four => x.shape as unknown as Four;

interface ConvAttributes {
  strides: number[];
  /** top, left, bottom, right */
  pads: number[];
  dilations: number[];
  group: number;
}

function read(attributes: Attributes): ConvAttributes {
  return {
    strides: intsOf(attributes, 'strides', [1, 1]),
    pads: intsOf(attributes, 'pads', [0, 0, 0, 0]),
    dilations: intsOf(attributes, 'dilations', [1, 1]),
    group: intOf(attributes, 'group', 1),
  };
}

/**
 * Gradient of a stride-1 convolution with respect to its kernel K×C×h×w: one batched matrix product a tap, of
 * the upstream gradient with the picture as that tap sees it. (Fastest first on a CPU core: this, all taps
 * in one product, a dilated convolution over transposed tensors.)
 */
function kernelGradientByTaps(x: Value, dy: Value, [h, w]: [number, number], window: ConvAttributes): Value {
  const [n, c, height, width] = dims(x);
  const [, k, oh, ow] = dims(dy);
  const [down, right] = window.dilations as [number, number];
  const [top, left] = window.pads as Four;
  const padded = pad(x, [
    0,
    0,
    top,
    left,
    0,
    0,
    down * (h - 1) + oh - height - top,
    right * (w - 1) + ow - width - left,
  ]);
  const flat = reshape(dy, [n, k, oh * ow]);
  const taps = Array.from({ length: h * w }, (_, i) => {
    const [row, column] = [down * Math.floor(i / w), right * (i % w)];
    const seen = slice(padded, [2, 3], [row, column], [row + oh, column + ow]);
    const product = matmul(flat, transpose(reshape(seen, [n, c, oh * ow]), [0, 2, 1]));
    return reshape(reduceSum(product, [0]), [k, c, 1]);
  });
  return reshape(concat(taps, 2), [k, c, h, w]);
}

/**
 * The same for any stride: a convolution in which channels and batch change places, the upstream gradient is
 * the kernel, and stride and dilation are swapped.
 */
function kernelGradientByConvolution(
  x: Value,
  dy: Value,
  [h, w]: [number, number],
  window: ConvAttributes,
): Value {
  const swapped = (value: Value) => transpose(value, [1, 0, 2, 3]);
  const gradient = x.graph.apply('Conv', [swapped(x), swapped(dy)], {
    kernel_shape: { ints: dy.shape.slice(2) },
    pads: { ints: window.pads },
    strides: { ints: window.dilations },
    dilations: { ints: window.strides },
  })[0]!;
  const [, , gh, gw] = dims(gradient);
  // Where the stride did not use the last rows and columns, more taps come out than the kernel has.
  return swapped(gh === h && gw === w ? gradient : slice(gradient, [2, 3], [0, 0], [h, w]));
}

/** Gradient of a stride-1 convolution with respect to its input: a convolution with the kernel flipped. */
function inputGradientByConvolution(w: Value, dy: Value, [top, left, bottom, right]: Four): Value {
  const [, , h, v] = dims(w);
  const flipped = h * v === 1 ? w : slice(w, [2, 3], [-1, -1], [-h - 1, -v - 1], [-1, -1]);
  return dy.graph.apply('Conv', [dy, transpose(flipped, [1, 0, 2, 3])], {
    kernel_shape: { ints: [h, v] },
    pads: { ints: [h - 1 - top, v - 1 - left, h - 1 - bottom, v - 1 - right] },
  })[0]!;
}

/** The same for any stride and dilation: a transposed convolution, sized to the input. */
function inputGradientByTransposition(x: Value, w: Value, dy: Value, window: ConvAttributes): Value {
  const { strides, pads, dilations } = window;
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
  })[0]!;
}

export const convolutions: Record<string, Operator> = {
  Conv: {
    outputs([x, w, b], attributes) {
      const { strides, pads, dilations, group } = read(attributes);
      const [n, c, ...spatial] = dims(x!);
      const [k, cw, ...kernel] = dims(w!);
      if (c !== cw * group) throw new Error(`Conv: ${c} channels do not fit a kernel for ${cw * group}`);
      if (b && b.shape[0] !== k) throw new Error(`Conv: a bias of ${b.shape[0]} does not fit ${k} channels`);
      const out = spatial.map((size, i) => {
        const reach = dilations[i]! * (kernel[i]! - 1) + 1;
        return Math.floor((size + pads[i]! + pads[i + 2]! - reach) / strides[i]!) + 1;
      });
      if (out.some((size) => size < 1))
        throw new Error(`Conv: the kernel is larger than ${spatial.join('×')}`);
      return [{ shape: [n, k, ...out] }];
    },
    gradient({ inputs, attributes }, [dy], wanted) {
      const [x, w] = inputs as [Value, Value];
      const window = read(attributes);
      const { strides, pads, dilations, group } = window;
      if (group !== 1) throw new Error('grouped convolution cannot be differentiated yet');
      const kernel: [number, number] = [w.shape[2]!, w.shape[3]!];
      const unit = strides.every((s) => s === 1);
      const narrow = dilations.every((d) => d === 1) && pads.every((p, i) => p < kernel[i % 2]!);
      const toInput = () =>
        unit && narrow
          ? inputGradientByConvolution(w, dy!, pads as Four)
          : inputGradientByTransposition(x, w, dy!, window);
      return [
        wanted[0] ? toInput() : null,
        wanted[1]
          ? (unit ? kernelGradientByTaps : kernelGradientByConvolution)(x, dy!, kernel, window)
          : null,
        ...(inputs.length > 2 ? [wanted[2] ? reduceSum(dy!, [0, 2, 3]) : null] : []),
      ];
    },
  },
  ConvTranspose: {
    outputs([x, w], attributes) {
      const { strides, pads, dilations } = read(attributes);
      const extra = intsOf(attributes, 'output_padding', [0, 0]);
      const out = [0, 1].map((i) => {
        const reach = dilations[i]! * (w!.shape[i + 2]! - 1) + 1;
        return strides[i]! * (x!.shape[i + 2]! - 1) + reach - pads[i]! - pads[i + 2]! + extra[i]!;
      });
      return [{ shape: [x!.shape[0]!, w!.shape[1]!, ...out] }];
    },
  },
  GlobalAveragePool: {
    outputs: ([x]) => [{ shape: [...x!.shape.slice(0, 2), ...x!.shape.slice(2).map(() => 1)] }],
    gradient({ inputs: [x] }, [dy]) {
      const [, , h, w] = dims(x!);
      const share = x!.graph.apply('Div', [dy!, x!.graph.scalar(h * w)])[0]!;
      return [x!.graph.apply('Expand', [share, x!.graph.integers(x!.shape)])[0]!];
    },
  },
};
