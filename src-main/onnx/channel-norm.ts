/**
 * Writes batch normalisation by the batch's own statistics as sums, dot products and a convolution of one tap: ONNX
 * Runtime's own operator runs on one thread, these on all, and an activation after it is taken into the convolution.
 */
import { type Model, type Node, floatTensor, int64Tensor, isTrainingNorm, plainNode } from './model';

/** Numbers of a channel in one picture from which this is faster (measured). */
const LARGE = 128;

/**
 * The same model, faster on CPU. Its norms must have a momentum of 0.
 * @param shapes of all values, by name
 */
export function normByChannels(model: Model, shapes: ReadonlyMap<string, readonly number[]>): Model {
  const initializers = new Map(model.initializers.map((tensor) => [tensor.name, tensor]));
  const integers = (...values: number[]): string => {
    const name = `norm ${values.join(' ')}`;
    initializers.set(name, int64Tensor(name, [values.length], values));
    return name;
  };
  const number = (value: number): string => {
    const name = `norm number ${value}`;
    initializers.set(name, floatTensor(name, [], [value]));
    return name;
  };
  const nodes = model.nodes.flatMap((node): Node[] => {
    const shape = shapes.get(node.inputs[0]!);
    if (!isTrainingNorm(node) || shape?.length !== 4) return [node];
    const [n, c, h, w] = shape as [number, number, number, number];
    return h * w < LARGE ? [node] : written(node, [n, c, h * w], integers, number);
  });
  return { ...model, nodes, initializers: [...initializers.values()] };
}

/**
 * y = x·k + (β − mean·k), k = γ/√(var + ε), with var = mean of squares − square of mean: of float32's 7 digits as many are
 * lost as the mean's square is larger than the variance.
 */
function written(
  node: Node,
  [n, channels, area]: readonly [number, number, number],
  integers: (...values: number[]) => string,
  number: (value: number) => string,
): Node[] {
  const [x, gamma, beta] = node.inputs as [string, string, string];
  const [y] = node.outputs as [string];
  const [, mean = `${y} mean`, variance = `${y} variance`] = node.outputs;
  const named = (part: string) => `${y} ${part}`;
  const { epsilon } = node.attributes;
  const share = number(1 / (n * area));
  return [
    plainNode('ReduceSum', [x, integers(0, 2, 3)], named('sum'), { keepdims: { i: 0 } }),
    plainNode('Mul', [named('sum'), share], mean),
    plainNode('Reshape', [x, integers(n * channels, 1, area)], named('lines')),
    plainNode('Transpose', [named('lines')], named('columns'), { perm: { ints: [0, 2, 1] } }),
    plainNode('MatMul', [named('lines'), named('columns')], named('dots')),
    plainNode('Reshape', [named('dots'), integers(n, channels)], named('squares')),
    plainNode('ReduceSum', [named('squares'), integers(0)], named('sum of squares'), { keepdims: { i: 0 } }),
    plainNode('Mul', [named('sum of squares'), share], named('mean square')),
    plainNode('Mul', [mean, mean], named('square mean')),
    plainNode('Sub', [named('mean square'), named('square mean')], named('spread')),
    plainNode('Max', [named('spread'), number(0)], variance),
    plainNode('Add', [variance, number(epsilon && 'f' in epsilon ? epsilon.f : 1e-5)], named('widened')),
    plainNode('Sqrt', [named('widened')], named('deviation')),
    plainNode('Div', [gamma, named('deviation')], named('scale')),
    plainNode('Mul', [mean, named('scale')], named('scaled mean')),
    plainNode('Sub', [beta, named('scaled mean')], named('shift')),
    plainNode('Reshape', [named('scale'), integers(channels, 1, 1, 1)], named('kernel')),
    plainNode('Conv', [x, named('kernel'), named('shift')], y, {
      group: { i: channels },
      kernel_shape: { ints: [1, 1] },
    }),
  ];
}
