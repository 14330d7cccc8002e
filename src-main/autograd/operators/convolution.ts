/** Convolution and its transpose. */
import { reduceSum } from '../functions';
import type { Value } from '../graph';
import { inputGradient } from './input-gradient';
import { kernelGradient } from './kernel-gradient';
import { type Operator, intsOf } from './operator';
import { dims, readWindow } from './window';

export const convolutions: Record<string, Operator> = {
  Conv: {
    outputs([x, w, b], attributes) {
      const { strides, pads, dilations, group } = readWindow(attributes);
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
      const window = readWindow(attributes);
      return [
        wanted[0] ? inputGradient(x, w, dy!, window) : null,
        wanted[1] ? kernelGradient(x, w, dy!, window) : null,
        ...(inputs.length > 2 ? [wanted[2] ? reduceSum(dy!, [0, 2, 3]) : null] : []),
      ];
    },
  },
  ConvTranspose: {
    outputs([x, w], attributes) {
      const { strides, pads, dilations, group } = readWindow(attributes);
      const extra = intsOf(attributes, 'output_padding', [0, 0]);
      const out = [0, 1].map((i) => {
        const reach = dilations[i]! * (w!.shape[i + 2]! - 1) + 1;
        return strides[i]! * (x!.shape[i + 2]! - 1) + reach - pads[i]! - pads[i + 2]! + extra[i]!;
      });
      return [{ shape: [x!.shape[0]!, w!.shape[1]! * group, ...out] }];
    },
  },
};
