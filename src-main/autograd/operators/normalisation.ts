/**
 * Batch normalisation (Ioffe & Szegedy 2015). In training one fused operator gives the output and, with its
 * momentum at 0, the batch's own mean and (population) variance; the gradient is built from those.
 */
import { add, conv2d, div, matmul, mul, neg, reduceSum, reshape, sqrt, sub, transpose } from '../functions';
import type { Value } from '../graph';
import { type Operator, floatOf, intOf } from './operator';

/** Numbers of a channel in one picture from which the forms below that go channel by channel are faster (measured). */
const LARGE = 128;

/** The numbers of one channel in one picture. */
const areaOf = ({ shape }: Value): number => shape.slice(2).reduce((product, side) => product * side, 1);

/**
 * x·a + y·b + c with a, b, c C numbers, one a channel of x and y: N×C×… Two depthwise convolutions of one tap, which the
 * runtime joins into one pass each; as products and sums they are four, and take more than twice as long.
 */
function weighted(x: Value, a: Value, y: Value, b: Value, c: Value): Value {
  const [n, channels] = x.shape as [number, number];
  const flat = [n, channels, areaOf(x), 1];
  const scaled = (of: Value, by: Value, bias: Value | null) =>
    conv2d(reshape(of, flat), reshape(by, [channels, 1, 1, 1]), bias, { group: channels });
  return reshape(add(scaled(x, a, null), scaled(y, b, c)), x.shape);
}

/** Σ x·y for each channel: C numbers. A dot product for each channel of each picture, which writes no picture of products. */
function dots(x: Value, y: Value): Value {
  const [n, channels] = x.shape as [number, number];
  const lines = [n * channels, 1, areaOf(x)];
  const products = matmul(reshape(x, lines), transpose(reshape(y, lines), [0, 2, 1]));
  return reduceSum(reshape(products, [n, channels]), [0]);
}

export const normalisations: Record<string, Operator> = {
  BatchNormalization: {
    outputs([x, gamma], attributes) {
      const channels = x!.shape[1];
      if (gamma!.shape[0] !== channels)
        throw new Error(`BatchNormalization: ${gamma!.shape[0]} scales for ${channels} channels`);
      const statistics = intOf(attributes, 'training_mode', 0)
        ? [{ shape: gamma!.shape }, { shape: gamma!.shape }]
        : [];
      return [{ shape: x!.shape }, ...statistics];
    },
    /**
     * Written as dx = dy·a + x·b + c with one a, b, c a channel, so that the picture-sized tensors are passed
     * over as few times as can be:
     *   σ⁻¹ = 1/√(var + ε), dβ = Σdy, dγ = σ⁻¹·(Σ dy·x − mean·dβ)
     *   a = γσ⁻¹, b = −a·σ⁻¹·dγ/M, c = −a·dβ/M − b·mean, M the numbers a channel holds.
     */
    gradient({ inputs, outputs, attributes }, [dy]) {
      const [x, gamma, , runningMean, runningVariance] = inputs as Value[] as [
        Value,
        Value,
        Value,
        Value,
        Value,
      ];
      const training = intOf(attributes, 'training_mode', 0) === 1;
      const [mean, variance] = training ? [outputs[1]!, outputs[2]!] : [runningMean, runningVariance];
      const spread = div(1, sqrt(add(variance, floatOf(attributes, 'epsilon', 1e-5))));
      const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
      const perChannel = (v: Value) =>
        reshape(
          v,
          x.shape.map((_, axis) => (axis === 1 ? v.shape[0]! : 1)),
        );

      const dBeta = reduceSum(dy!, axes);
      const large = areaOf(x) >= LARGE;
      const together = large ? dots(dy!, x) : reduceSum(mul(dy!, x), axes);
      const dGamma = mul(spread, sub(together, mul(mean, dBeta)));
      const a = mul(gamma, spread);
      if (!training) return [mul(dy!, perChannel(a)), dGamma, dBeta, null, null];
      const count = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
      const b = neg(mul(mul(a, spread), div(dGamma, count)));
      const c = sub(neg(mul(a, div(dBeta, count))), mul(b, mean));
      if (large) return [weighted(dy!, a, x, b, c), dGamma, dBeta, null, null];
      const dx = add(add(mul(dy!, perChannel(a)), mul(x, perChannel(b))), perChannel(c));
      return [dx, dGamma, dBeta, null, null];
    },
  },
};
