/** Matrix products. */
import { matmul, mul, sumTo, transpose } from '../functions';
import type { Value } from '../graph';
import { type Operator, broadcast, floatOf, intOf } from './operator';

/** The matrix transposed: its last two axes change places. */
const t = (x: Value): Value => {
  const order = x.shape.map((_, axis) => axis);
  const rank = order.length;
  return transpose(x, [...order.slice(0, rank - 2), rank - 1, rank - 2]);
};

export const products: Record<string, Operator> = {
  MatMul: {
    outputs: ([a, b]) => {
      const [p, q] = [a!.shape, b!.shape];
      if (p.length < 2 || q.length < 2 || p.at(-1) !== q.at(-2))
        throw new Error(`MatMul: [${p.join()}] and [${q.join()}] do not fit`);
      return [{ shape: [...broadcast(p.slice(0, -2), q.slice(0, -2), 'MatMul'), p.at(-2)!, q.at(-1)!] }];
    },
    gradient({ inputs }, [dy], wanted) {
      const [a, b] = inputs as [Value, Value];
      return [
        wanted[0] ? sumTo(matmul(dy!, t(b)), a.shape) : null,
        wanted[1] ? sumTo(matmul(t(a), dy!), b.shape) : null,
      ];
    },
  },
  Gemm: {
    outputs: ([a, b], attributes) => {
      const turned = (x: Value, flag: string) =>
        intOf(attributes, flag, 0) ? x.shape.toReversed() : x.shape;
      const [p, q] = [turned(a!, 'transA'), turned(b!, 'transB')];
      if (p.length !== 2 || p[1] !== q[0])
        throw new Error(`Gemm: [${p.join()}] and [${q.join()}] do not fit`);
      return [{ shape: [p[0]!, q[1]!] }];
    },
    gradient({ inputs, attributes }, [dy], wanted) {
      const [a, b, c] = inputs as [Value, Value, Value | null];
      const scaled = (x: Value, name: string) => {
        const factor = floatOf(attributes, name, 1);
        return factor === 1 ? x : mul(x, factor);
      };
      const [ta, tb] = [intOf(attributes, 'transA', 0), intOf(attributes, 'transB', 0)];
      const dz = scaled(dy!, 'alpha');
      const da = () => (ta ? t(matmul(dz, tb ? b : t(b))) : matmul(dz, tb ? b : t(b)));
      const db = () => (tb ? matmul(t(dz), ta ? t(a) : a) : matmul(ta ? a : t(a), dz));
      return [
        wanted[0] ? da() : null,
        wanted[1] ? db() : null,
        c && wanted[2] ? sumTo(scaled(dy!, 'beta'), c.shape) : null,
      ];
    },
  },
};
