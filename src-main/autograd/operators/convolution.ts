/**
 * Convolution and the forms of its gradients. Each is measured to be the fastest that standard operators allow
 * (test/bench): a stride-s convolution is a stride-1 convolution of the picture folded by SpaceToDepth with the
 * kernel folded alike, so one pair of stride-1 forms serves all strides.
 */
import {
  concat,
  conv2d,
  depthToSpace,
  matmul,
  pad,
  reduceSum,
  reshape,
  slice,
  spaceToDepth,
  transpose,
} from '../functions';
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

/** Gradient of a stride-1, unpadded convolution with respect to its kernel K×C×h×w, from x N×C×H×W. */
function kernelGradient(x: Value, dy: Value, [h, w]: [number, number]): Value {
  const [n, c] = dims(x);
  const [, k, oh, ow] = dims(dy);
  const flat = reshape(dy, [n, k, oh * ow]);
  // Patches as columns: each tap sees the picture shifted by its place in the kernel.
  const taps = Array.from({ length: h * w }, (_, i) => [Math.floor(i / w), i % w] as const).map(
    ([row, column]) => (h * w === 1 ? x : slice(x, [2, 3], [row, column], [row + oh, column + ow])),
  );
  const columns = reshape(concat(taps, 1), [n, h * w * c, oh * ow]);
  const product = reduceSum(matmul(flat, transpose(columns, [0, 2, 1])), [0]);
  return transpose(reshape(product, [k, h, w, c]), [0, 3, 1, 2]);
}

/** Gradient of a stride-1, unpadded convolution with respect to its input: a full convolution, kernel flipped. */
function inputGradient(w: Value, dy: Value): Value {
  const [, , kh, kw] = dims(w);
  const flipped = kh * kw === 1 ? w : slice(w, [2, 3], [-1, -1], [-kh - 1, -kw - 1], [-1, -1]);
  const dw = transpose(flipped, [1, 0, 2, 3]);
  if (kh === kw) return conv2d(dy, dw, null, { padding: kh - 1 });
  return conv2d(pad(dy, [0, 0, kh - 1, kw - 1, 0, 0, kh - 1, kw - 1]), dw);
}

/** K×C×h×w, padded to whole blocks, → K×(s²·C)×(h/s)×(w/s): the kernel that fits a SpaceToDepth picture. */
function foldKernel(w: Value, s: number): Value {
  const [k, c, h, v] = dims(w);
  const [qh, qw] = [Math.ceil(h / s), Math.ceil(v / s)];
  const padded = pad(w, [0, 0, 0, 0, 0, 0, qh * s - h, qw * s - v]);
  const blocks = transpose(reshape(padded, [k, c, qh, s, qw, s]), [0, 3, 5, 1, 2, 4]);
  return reshape(blocks, [k, s * s * c, qh, qw]);
}

/** The inverse of foldKernel, for gradients. */
function unfoldKernel(folded: Value, [k, c, h, v]: Four, s: number): Value {
  const [, , qh, qw] = dims(folded);
  const blocks = transpose(reshape(folded, [k, s, s, c, qh, qw]), [0, 3, 4, 1, 5, 2]);
  const padded = reshape(blocks, [k, c, qh * s, qw * s]);
  return qh * s === h && qw * s === v ? padded : slice(padded, [2, 3], [0, 0], [h, v]);
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
    gradient({ inputs, attributes, outputs }, [dy], wanted) {
      const [x, w] = inputs as [Value, Value];
      const { strides, pads, dilations, group } = read(attributes);
      const s = strides[0]!;
      if (group !== 1 || dilations.some((d) => d !== 1) || strides[1] !== s)
        throw new Error('no gradient yet for grouped, dilated or unevenly strided convolution');
      const [, , height, width] = dims(x);
      const [, , kh, kw] = dims(w);
      const [, , oh, ow] = dims(outputs[0]!);
      // The padded picture, just as large as the output needs: s·(out + folded kernel − 1).
      const [rows, columns] = [s * (oh + Math.ceil(kh / s) - 1), s * (ow + Math.ceil(kw / s) - 1)];
      const [top, left] = pads as Four;
      const [bottom, right] = [rows - height - top, columns - width - left];

      const toKernel = (): Value => {
        const padded = pad(x, [0, 0, top, left, 0, 0, bottom, right]);
        const folded = s === 1 ? padded : spaceToDepth(padded, s);
        const gradient = kernelGradient(folded, dy!, [Math.ceil(kh / s), Math.ceil(kw / s)]);
        return s === 1 ? gradient : unfoldKernel(gradient, dims(w), s);
      };
      const toInput = (): Value => {
        const full = s === 1 ? inputGradient(w, dy!) : depthToSpace(inputGradient(foldKernel(w, s), dy!), s);
        return pad(full, [0, 0, -top, -left, 0, 0, -bottom, -right]);
      };
      return [
        wanted[0] ? toInput() : null,
        wanted[1] ? toKernel() : null,
        ...(inputs.length > 2 ? [wanted[2] ? reduceSum(dy!, [0, 2, 3]) : null] : []),
      ];
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
