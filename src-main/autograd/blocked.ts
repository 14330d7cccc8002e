/**
 * Convolutions of a training graph in ONNX Runtime's blocked layout. The runtime itself computes a convolution on
 * channels in blocks (NCHWc, `com.microsoft.nchwc`) only when the kernel is a constant; in a training graph kernels
 * are fed, and take a form half as fast. Here the blocked operators are written into the graph, with the kernel laid
 * out by the graph itself. The x64 builds of the runtime have them; the block's width depends on the processor
 * (`block-width.ts`).
 */
import { type Model, type Node, int64Tensor } from '../onnx/model';
import type { Shape } from './graph';
import { intOf, sizeOf } from './operators/operator';

const DOMAIN = 'com.microsoft.nchwc';

/** Activations that a blocked convolution can end with, and the attribute that goes with each. */
const ACTIVATIONS: Record<string, string | null> = { Relu: null, LeakyRelu: 'alpha' };

/** Whether a convolution gains by it: what the change of layout copies must be less than what it saves. */
function gains(node: Node, [x, w, y]: readonly [Shape, Shape, Shape], block: number): boolean {
  const [k, c, h, v] = w as [number, number, number, number];
  const group = intOf(node.attributes, 'group', 1);
  if (h * v === 1 || k % block > 0) return false;
  // Depthwise, as many channels out as in: the plain form is slow at any stride, most of all at 2.
  if (group > 1) return group === k && c === 1 && x[1] === k;
  return (c % block === 0 || c < block) && sizeOf(w) < sizeOf(x) + sizeOf(y);
}

/**
 * The same model with its convolutions in blocks of `block` channels, where that is faster.
 * @param shapeOf the shape of each of the model's values, by name
 * @param block from `blockWidth`; 0 leaves the model as it is
 */
export function blockConvolutions(model: Model, shapeOf: ReadonlyMap<string, Shape>, block: number): Model {
  if (block === 0) return model;
  const constants = new Set(model.initializers.map(({ name }) => name));
  const readers = new Map<string, Node[]>();
  for (const node of model.nodes)
    for (const input of node.inputs) readers.set(input, [...(readers.get(input) ?? []), node]);

  const makers = new Map(
    model.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
  );

  const nodes: Node[] = [];
  const initializers = [...model.initializers];
  const reordered = new Map<string, string>();
  const absorbed = new Set<Node>();
  const emit = (op: string, domain: string, inputs: string[], output: string, attributes = {}): string => {
    nodes.push({ op, domain, name: output, inputs, outputs: [output], attributes });
    return output;
  };
  const integers = (name: string, values: number[]): string => {
    initializers.push(int64Tensor(name, [values.length], values));
    return name;
  };
  /** A value laid out anew, once for all who read it. */
  const once = (name: string, lay: () => string): string => {
    const known = reordered.get(name) ?? lay();
    reordered.set(name, known);
    return known;
  };
  const shaped = (value: string, name: string, shape: Shape): string =>
    emit('Reshape', '', [value, integers(`${name} shape`, [...shape])], `${name} blocked`);
  /** N×C×H×W as N×C/b×H×W×b. */
  const picture = (name: string): string =>
    once(name, () => {
      const whole = uncut(name);
      if (whole) return shaped(picture(whole), name, shapeOf.get(name)!);
      return emit('ReorderInput', DOMAIN, [name], `${name} blocked`, { channels_last: { i: 0 } });
    });
  /** What a value was reshaped from, where channels of pictures were only counted on: these lie in blocks alike. */
  const uncut = (name: string): string | undefined => {
    const maker = makers.get(name);
    const [whole, shape] = [maker?.inputs[0] ?? '', shapeOf.get(name)!];
    const [, channels, ...side] = shapeOf.get(whole) ?? [];
    const same = maker?.op === 'Reshape' && side.length === 2 && side.join() === shape.slice(2).join();
    return same && channels! % block === 0 ? whole : undefined;
  };
  /** The kernel as O/b, I/b, h, v, b (in), b (out); of fewer channels than a block O/b, I, h, v, b. */
  const kernel = (name: string, shape: Shape): string =>
    once(name, () => {
      const [k, c, h, v] = shape as [number, number, number, number];
      if (c === 1) {
        const whole = uncut(name);
        if (whole) return shaped(picture(whole), name, shape);
        // One channel each: laid out as a picture of so many channels is.
        const flat = emit(
          'Reshape',
          '',
          [name, integers(`${name} flat`, [1, k, h, v])],
          `${name} as picture`,
        );
        const laid = emit('ReorderInput', DOMAIN, [flat], `${name} laid out`, { channels_last: { i: 0 } });
        return shaped(laid, name, shape);
      }
      const few = c < block;
      const parts = few ? [k / block, block, c, h, v] : [k / block, block, c / block, block, h, v];
      const cut = emit('Reshape', '', [name, integers(`${name} parts`, parts)], `${name} cut`);
      const perm = { ints: few ? [0, 2, 3, 4, 1] : [0, 2, 4, 5, 3, 1] };
      return shaped(emit('Transpose', '', [cut], `${name} turned`, { perm }), name, shape);
    });

  for (const node of model.nodes) {
    if (absorbed.has(node)) continue;
    const [x, w, bias] = node.inputs as [string, string, string | undefined];
    const [y] = node.outputs as [string];
    const shapes = [x, w, y].map((name) => shapeOf.get(name));
    const known = shapes.every((shape) => shape !== undefined);
    if (node.op !== 'Conv' || !known || constants.has(w) || !gains(node, shapes as never, block)) {
      nodes.push(node);
      continue;
    }
    const [xs, ws] = shapes as [Shape, Shape];
    const [next, ...others] = readers.get(y) ?? [];
    const activation = next && others.length === 0 && next.op in ACTIVATIONS ? next : undefined;
    if (activation) absorbed.add(activation);
    const parameter = activation && ACTIVATIONS[activation.op];
    const alpha = parameter ? (activation.attributes[parameter] as { f: number } | undefined) : undefined;
    const result = activation?.outputs[0] ?? y;
    const inputs = [xs[1]! < block ? x : picture(x), kernel(w, ws), ...(bias ? [bias] : [])];
    emit('Conv', DOMAIN, inputs, `${result} blocked output`, {
      ...node.attributes,
      ...(activation && { activation: { s: activation.op } }),
      ...(parameter && { activation_params: { floats: [alpha?.f ?? 0.01] } }),
    });
    emit('ReorderOutput', DOMAIN, [`${result} blocked output`], result, { channels: { i: ws[0]! } });
  }
  return { ...model, nodes, initializers, domains: { ...model.domains, [DOMAIN]: 1 } };
}
