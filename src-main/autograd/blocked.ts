/**
 * Convolutions of a training graph in ONNX Runtime's blocked layout. The runtime itself computes a convolution on
 * channels in blocks (NCHWc, `com.microsoft.nchwc`) only when the kernel is a constant; in a training graph kernels
 * are fed, and take a form half as fast. Here the blocked operators are written into the graph, with the kernel laid
 * out by the graph itself. The x64 builds of the runtime have them; the block's width depends on the processor and is
 * found by trying (`blockWidth`).
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { encodeModel } from '../onnx/encode';
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
  /** The kernel as O/b, I/b, h, v, b (in), b (out); of fewer channels than a block O/b, I, h, v, b. */
  const kernel = (w: string, shape: Shape): string => {
    const [k, c, h, v] = shape as [number, number, number, number];
    const few = c < block;
    const parts = few ? [k / block, block, c, h, v] : [k / block, block, c / block, block, h, v];
    const cut = emit('Reshape', '', [w, integers(`${w} parts`, parts)], `${w} cut`);
    const perm = { ints: few ? [0, 2, 3, 4, 1] : [0, 2, 4, 5, 3, 1] };
    const turned = emit('Transpose', '', [cut], `${w} turned`, { perm });
    return emit('Reshape', '', [turned, integers(`${w} shape`, [k, c, h, v])], `${w} blocked`);
  };

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
    const picture =
      xs[1]! < block
        ? x
        : once(x, () => emit('ReorderInput', DOMAIN, [x], `${x} blocked`, { channels_last: { i: 0 } }));
    const result = activation?.outputs[0] ?? y;
    const inputs = [picture, once(w, () => kernel(w, ws)), ...(bias ? [bias] : [])];
    emit('Conv', DOMAIN, inputs, `${result} blocked output`, {
      ...node.attributes,
      ...(activation && { activation: { s: activation.op } }),
      ...(parameter && { activation_params: { floats: [alpha?.f ?? 0.01] } }),
    });
    emit('ReorderOutput', DOMAIN, [`${result} blocked output`], result, { channels: { i: ws[0]! } });
  }
  return { ...model, nodes, initializers, domains: { ...model.domains, [DOMAIN]: 1 } };
}

/** A convolution small enough to be tried at once, and whole in blocks of 16 and of 8. */
const TRIAL = { x: [1, 16, 4, 4], w: [16, 16, 3, 3], y: [1, 16, 4, 4] } as const;

function trialModel(): Model {
  const value = (name: 'x' | 'w' | 'y') => ({ name, type: 'float32' as const, dims: [...TRIAL[name]] });
  const attributes = { kernel_shape: { ints: [3, 3] }, pads: { ints: [1, 1, 1, 1] } };
  return {
    opset: 17,
    producer: 'maskwatch',
    nodes: [{ op: 'Conv', domain: '', name: 'y', inputs: ['x', 'w'], outputs: ['y'], attributes }],
    initializers: [],
    inputs: [value('x'), value('w')],
    outputs: [value('y')],
  };
}

/** What the trial convolution gives of numbers of no pattern. */
async function tried(model: Model): Promise<Float32Array> {
  const session = await InferenceSession.create(encodeModel(model), { intraOpNumThreads: 1 });
  const numbers = (shape: Shape) => Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * i));
  try {
    const { x, w } = TRIAL;
    const { y } = await session.run({
      x: new Tensor('float32', numbers(x), x),
      w: new Tensor('float32', numbers(w), w),
    });
    return y!.data as Float32Array;
  } finally {
    await session.release();
  }
}

async function findWidth(): Promise<number> {
  if (process.arch !== 'x64') return 0;
  const plain = await tried(trialModel());
  for (const width of [16, 8])
    try {
      const shapes = new Map<string, Shape>(Object.entries(TRIAL));
      const blocked = await tried(blockConvolutions(trialModel(), shapes, width));
      if (blocked.every((number, i) => Math.abs(number - plain[i]!) < 1e-4)) return width;
    } catch {
      return 0;
    }
  return 0;
}

let width: Promise<number> | undefined;

/** How many channels make a block on this processor: 16, 8, or 0 where the runtime has no blocked operators. */
export const blockWidth = (): Promise<number> => (width ??= findWidth());
