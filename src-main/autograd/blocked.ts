/**
 * Convolutions of a training graph in ONNX Runtime's blocked layout. The runtime itself computes a convolution on
 * channels in blocks only when the kernel is a constant; in a training graph kernels are fed, and take a form half as
 * fast. Here the blocked operators are written into the graph, with the kernel laid out by the graph itself. The x64
 * builds of the runtime have them; the block's width depends on the processor (`block-width.ts`).
 */
import type { Model, Node } from '../onnx/model';
import { BlockedLayout } from './blocked-layout';
import type { Shape } from './graph';
import { intOf, intsOf, sizeOf } from './operators/operator';
import { readWindow } from './operators/window';

type Four = readonly [number, number, number, number];
/** Shapes of a node's picture, kernel and result. */
type Shapes = readonly [x: Four, w: Four, y: Four];

/** Activations that a blocked convolution can end with, and the attribute that goes with each. */
const ACTIVATIONS: Record<string, string | null> = { Relu: null, LeakyRelu: 'alpha' };

/** Whether a convolution gains by it: what the change of layout copies must be less than what it saves. */
function gains({ attributes }: Node, [x, w, y]: Shapes, block: number): boolean {
  const [k, c, h, v] = w;
  const group = intOf(attributes, 'group', 1);
  if (h * v === 1 || k % block > 0) return false;
  // Depthwise, as many channels out as in: the plain form is slow at any stride, most of all at 2.
  if (group > 1) return group === k && c === 1 && x[1] === k;
  return (c % block === 0 || c < block) && sizeOf(w) < sizeOf(x) + sizeOf(y);
}

/** Padding below and to the right of what a depthwise transposed convolution spreads out, before it is convolved. */
function roomAfter({ attributes }: Node, [x, , y]: Shapes): [number, number] {
  const { strides, pads } = readWindow(attributes);
  return [0, 1].map((i) => y[i + 2]! - strides[i]! * x[i + 2]! + pads[i]!) as [number, number];
}

/** Whether a transposed convolution gains by it: depthwise, where the plain form runs on one thread. */
function spreadGains(node: Node, shapes: Shapes, block: number): boolean {
  const [x, w] = shapes;
  const { group, dilations, pads } = readWindow(node.attributes);
  const isDepthwise = group > 1 && group === x[1] && w[1] === 1 && x[1] % block === 0;
  const inside =
    pads.every((p, i) => p < w[2 + (i % 2)]!) && roomAfter(node, shapes).every((room) => room >= 0);
  return isDepthwise && inside && dilations.every((d) => d === 1);
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

  const layout = new BlockedLayout(model, shapeOf, block);
  const absorbed = new Set<Node>();
  for (const node of model.nodes) {
    if (absorbed.has(node)) continue;
    const [x, w] = node.inputs as [string, string];
    const [y] = node.outputs as [string];
    const shapes = [x, w, y].map((name) => shapeOf.get(name)) as unknown as Shapes;
    const known = shapes.every((shape) => shape !== undefined) && !constants.has(w);
    if (known && node.op === 'Conv' && gains(node, shapes, block)) {
      const [next, ...others] = readers.get(y) ?? [];
      const activation = next && others.length === 0 && next.op in ACTIVATIONS ? next : undefined;
      if (activation) absorbed.add(activation);
      writeConvolution(layout, node, shapes, activation);
    } else if (known && node.op === 'ConvTranspose' && spreadGains(node, shapes, block)) {
      writeSpread(layout, node, shapes);
    } else layout.nodes.push(node);
  }
  return layout.written;
}

function writeConvolution(layout: BlockedLayout, node: Node, [xs, ws]: Shapes, activation?: Node): void {
  const [x, w, ...bias] = node.inputs as [string, string, ...string[]];
  const parameter = activation && ACTIVATIONS[activation.op];
  const alpha = parameter ? (activation.attributes[parameter] as { f: number } | undefined) : undefined;
  const picture = xs[1] < layout.block ? x : layout.picture(x);
  layout.convolution(picture, [layout.kernel(w, ws), ...bias], (activation ?? node).outputs[0]!, ws[0], {
    ...node.attributes,
    ...(activation && { activation: { s: activation.op } }),
    ...(parameter && { activation_params: { floats: [alpha?.f ?? 0.01] } }),
  });
}

/** A depthwise transposed convolution: zeros put between in blocks, then a convolution with the kernel turned round. */
function writeSpread(layout: BlockedLayout, node: Node, shapes: Shapes): void {
  const [[n, c, high, wide], ws] = shapes;
  const [x, w] = node.inputs as [string, string];
  const [y] = node.outputs as [string];
  const [, , h, v] = ws;
  const [down, across] = intsOf(node.attributes, 'strides', [1, 1]) as [number, number];
  const [top, left] = readWindow(node.attributes).pads as unknown as Four;
  const { block } = layout;
  const rows = layout.shaped(layout.picture(x), [(n * c * high) / block, 1, wide, block], `${y} rows`);
  const pads = layout.integers(`${y} between`, [0, 0, 0, 0, 0, down - 1, 0, (across - 1) * block]);
  const apart = layout.emit('Pad', [rows, pads], `${y} apart`);
  const taps = layout.shaped(w, [c, h * v], `${y} taps`);
  const backwards = layout.integers(
    `${y} backwards`,
    Array.from({ length: h * v }, (_, i) => h * v - 1 - i),
  );
  const turned = layout.emit('Gather', [taps, backwards], `${y} reversed`, { axis: { i: 1 } });
  const kernel = layout.kernel(layout.shaped(turned, ws, `${y} kernel`), ws);
  const spread = layout.shaped(apart, [n, c, down * high, across * wide], `${y} spread`);
  layout.convolution(spread, [kernel], y, c, {
    kernel_shape: { ints: [h, v] },
    strides: { ints: [1, 1] },
    dilations: { ints: [1, 1] },
    pads: { ints: [h - 1 - top, v - 1 - left, ...roomAfter(node, shapes)] },
    group: { i: c },
  });
}
