/** Operators that work element by element. */
import { clip, div, mul, neg, sub, sumTo } from '../functions';
import type { Value } from '../graph';
import { type Operator, broadcast, floatOf } from './operator';

const sameShape: Operator['outputs'] = ([x]) => [{ shape: x!.shape }];

/** An operator of two broadcast operands, from what each operand's gradient is before summing. */
function binary(
  op: string,
  gradient: (a: Value, b: Value, y: Value, dy: Value) => [() => Value, () => Value],
): Operator {
  return {
    outputs: ([a, b]) => [{ shape: broadcast(a!.shape, b!.shape, op) }],
    gradient({ inputs, outputs }, [dy], wanted) {
      const [a, b] = inputs as [Value, Value];
      const parts = gradient(a, b, outputs[0]!, dy!);
      return [a, b].map((input, i) => (wanted[i] ? sumTo(parts[i]!(), input.shape) : null));
    },
  };
}

/** An operator of one operand, from its derivative times the upstream gradient. */
const unary = (gradient: (x: Value, y: Value, dy: Value) => Value): Operator => ({
  outputs: sameShape,
  gradient: ({ inputs, outputs }, [dy]) => [gradient(inputs[0]!, outputs[0]!, dy!)],
});

export const elementwise: Record<string, Operator> = {
  Add: binary('Add', (_a, _b, _y, dy) => [() => dy, () => dy]),
  Sub: binary('Sub', (_a, _b, _y, dy) => [() => dy, () => neg(dy)]),
  Mul: binary('Mul', (a, b, _y, dy) => [() => mul(dy, b), () => mul(dy, a)]),
  Div: binary('Div', (_a, b, y, dy) => [() => div(dy, b), () => neg(mul(div(dy, b), y))]),
  Neg: unary((_x, _y, dy) => neg(dy)),
  Sqrt: unary((_x, y, dy) => div(mul(dy, 0.5), y)),
  Exp: unary((_x, y, dy) => mul(dy, y)),
  Log: unary((x, _y, dy) => div(dy, x)),
  LeakyRelu: {
    outputs: sameShape,
    gradient({ inputs, attributes }, [dy]) {
      // The slope, 1 or alpha, without a comparison: a huge multiple of x clipped to [alpha, 1]. Vectorised
      // arithmetic only, so it is faster than Greater and Where; exact but where |x| < 1e-30.
      const alpha = floatOf(attributes, 'alpha', 0.01);
      return [mul(dy!, clip(mul(inputs[0]!, 1e30), alpha, 1))];
    },
  },
  Clip: { outputs: sameShape },
  Identity: unary((_x, _y, dy) => dy),
};

/** log p of a softmax, and the softmax, over the last axis. */
export const softmaxes: Record<string, Operator> = {
  Softmax: {
    outputs: sameShape,
    gradient({ outputs: [y] }, [dy]) {
      const inner = y!.graph.apply('ReduceSum', [mul(dy!, y!), y!.graph.integers([-1])], {
        keepdims: { i: 1 },
      })[0]!;
      return [mul(sub(dy!, inner), y!)];
    },
  },
  LogSoftmax: {
    outputs: sameShape,
    gradient({ inputs: [x] }, [dy]) {
      const graph = x!.graph;
      const total = graph.apply('ReduceSum', [dy!, graph.integers([-1])], { keepdims: { i: 1 } })[0]!;
      const p = graph.apply('Softmax', [x!], { axis: { i: -1 } })[0]!;
      return [sub(dy!, mul(p, total))];
    },
  },
};
