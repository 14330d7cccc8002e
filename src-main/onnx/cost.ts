/**
 * What one picture costs a network: multiply-adds of its convolutions and matrix products, which are nearly all it
 * does. Follows shapes through the graph as far as that needs; float and quantised operators alike.
 */
import { type Attribute, type Model, type Node, integers } from './model';

type Shape = readonly number[];

const sizeOf = (shape: Shape): number => shape.reduce((product, dim) => product * dim, 1);
const ints = (attribute: Attribute | undefined, otherwise: number[]): number[] =>
  attribute && 'ints' in attribute ? attribute.ints : otherwise;
const isOn = (attribute: Attribute | undefined): boolean =>
  attribute !== undefined && 'i' in attribute && attribute.i === 1;

/** Height and width after a window has gone over them. */
function windowed([, , ...sides]: Shape, kernel: Shape, { attributes }: Node): number[] {
  const strides = ints(attributes['strides'], [1, 1]);
  const dilations = ints(attributes['dilations'], [1, 1]);
  const pads = ints(attributes['pads'], [0, 0, 0, 0]);
  const auto = attributes['auto_pad'];
  return sides.map((side, i) => {
    if (auto && 's' in auto && auto.s.startsWith('SAME')) return Math.ceil(side / strides[i]!);
    const room = side + pads[i]! + pads[i + 2]! - (kernel[i]! - 1) * dilations[i]! - 1;
    return (isOn(attributes['ceil_mode']) ? Math.ceil : Math.floor)(room / strides[i]!) + 1;
  });
}

/** NumPy's broadcasting, of shapes that are known to fit. */
function broadcast(shapes: Shape[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) =>
    Math.max(...shapes.map((shape) => shape[i - rank + shape.length] ?? 1)),
  );
}

/**
 * Multiply-adds for one picture.
 * @param size side of the picture in pixels
 * @returns null where an operator stands in the way whose shape is not known here
 */
export function multiplyAdds(model: Model, size: number): number | null {
  const tensors = new Map(model.initializers.map((tensor) => [tensor.name, tensor]));
  const shapes = new Map<string, Shape>(model.initializers.map(({ name, dims }) => [name, dims]));
  for (const { name, dims } of model.inputs)
    if (!tensors.has(name))
      shapes.set(name, [1, ...dims.slice(1).map((dim) => (typeof dim === 'number' ? dim : size))]);
  let total = 0;
  for (const node of model.nodes) {
    const given = node.inputs.map((name) => shapes.get(name));
    const x = given[0];
    if (!x) return null;
    const shape = shapeOf(node, x, given, (name) => {
      const tensor = tensors.get(name);
      return tensor?.type === 'int64' ? integers(tensor) : null;
    });
    if (!shape) return null;
    for (const output of node.outputs) shapes.set(output, shape);
    const weight = WEIGHT_AT[node.op];
    if (weight === undefined) continue;
    const w = given[weight]!;
    // Each number that a convolution gives is a product with one output channel's kernel.
    total += sizeOf(shape) * (node.op.endsWith('Conv') ? sizeOf(w.slice(1)) : x.at(-1)!);
  }
  return total;
}

/** The operators that count, and where their weight stands. */
const WEIGHT_AT: Readonly<Record<string, number>> = {
  Conv: 1,
  QLinearConv: 3,
  Gemm: 1,
  MatMul: 1,
  QLinearMatMul: 3,
};

/** Operators that give what is broadcast of all they take, number by number. */
const ELEMENTWISE = new Set(
  (
    'Add Sub Mul Div Relu LeakyRelu PRelu Clip Sigmoid HardSigmoid HardSwish Tanh Identity Dropout Cast Softmax ' +
    'BatchNormalization QuantizeLinear DequantizeLinear QLinearAdd QLinearLeakyRelu'
  ).split(' '),
);

function shapeOf(
  node: Node,
  x: Shape,
  given: (Shape | undefined)[],
  whole: (name: string) => number[] | null,
): Shape | null {
  const { op, attributes } = node;
  const weight = WEIGHT_AT[op];
  if (weight !== undefined) {
    const w = given[weight];
    if (!w) return null;
    if (op.endsWith('Conv')) return [1, w[0]!, ...windowed(x, w.slice(2), node)];
    return [...x.slice(0, -1), isOn(attributes['transB']) ? w[0]! : w.at(-1)!];
  }
  // Parameters of one number a channel, and of none, change no shape.
  if (ELEMENTWISE.has(op)) {
    const whole = given.filter((shape): shape is Shape => shape !== undefined && shape.length === x.length);
    return broadcast([x, ...whole]);
  }
  if (op === 'MaxPool' || op === 'AveragePool')
    return [1, x[1]!, ...windowed(x, ints(attributes['kernel_shape'], [1, 1]), node)];
  if (op.endsWith('GlobalAveragePool')) return [1, x[1]!, 1, 1];
  if (op === 'Flatten') return [1, sizeOf(x)];
  if (op === 'Transpose') return ints(attributes['perm'], [...x.keys()].reverse()).map((axis) => x[axis]!);
  if (op === 'Concat') {
    const axis = attributes['axis'] && 'i' in attributes['axis'] ? attributes['axis'].i : 1;
    return x.map((dim, i) => (i === axis ? given.reduce((sum, shape) => sum + (shape?.[i] ?? 0), 0) : dim));
  }
  if (op === 'Reshape') {
    const asked = whole(node.inputs[1]!)?.map((dim, axis) => (dim === 0 ? x[axis]! : dim));
    return asked?.map((dim) => (dim === -1 ? -sizeOf(x) / sizeOf(asked) : dim)) ?? null;
  }
  return null;
}
