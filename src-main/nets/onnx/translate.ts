/**
 * How nodes of other people's ONNX files are said in autograd's own terms: older opsets' attributes become inputs,
 * defaults are filled in, arithmetic on shapes is done at once (all shapes are known here), and what only matters to
 * a frozen model (Dropout, Identity) falls away.
 */
import { div, reduceSum, reshape, transpose } from '../../autograd/functions';
import type { Attributes, Value } from '../../autograd/graph';
import { floatOf, intOf, intsOf, sizeOf } from '../../autograd/operators/operator';
import { type Node, floats, integers } from '../../onnx/model';
import { samePadding } from '../same-padding';

/** What is known under a name: a tensor of the graph, or whole numbers, which shapes are made of. */
export type Known = Value | readonly number[];
export const isInts = (known: Known | null | undefined): known is readonly number[] => Array.isArray(known);

/** One node with what its inputs are; an absent optional input is null. */
export interface Site {
  node: Node;
  inputs: readonly (Known | null)[];
}

const value = ({ inputs, node }: Site, at: number): Value => {
  const known = inputs[at];
  if (!known || isInts(known)) throw new Error(`${node.op} needs a tensor as input ${at + 1}`);
  return known;
};
const ints = ({ inputs, node }: Site, at: number): readonly number[] => {
  const known = inputs[at];
  if (!isInts(known)) throw new Error(`${node.op} needs constant whole numbers as input ${at + 1}`);
  return known;
};
const plain = (
  site: Site,
  inputs: readonly (Value | null)[],
  attributes: Attributes = site.node.attributes,
): Value => value(site, 0).graph.apply(site.node.op, inputs, attributes)[0]!;

/** Convolutions and pools: the kernel's size and the padding that `auto_pad` stands for, written out. */
function windowed(site: Site): Value {
  const x = value(site, 0);
  const { attributes } = site.node;
  const kernel = intsOf(attributes, 'kernel_shape', site.inputs[1] ? value(site, 1).shape.slice(2) : []);
  const strides = intsOf(attributes, 'strides', [1, 1]);
  const { auto_pad: auto, ...rest } = attributes;
  const mode = auto && 's' in auto ? auto.s : 'NOTSET';
  if (mode === 'SAME_LOWER') throw new Error(`${site.node.op} with SAME_LOWER padding is not known`);
  const same = mode === 'SAME_UPPER' && samePadding(x.shape.slice(2), kernel, strides);
  return plain(
    site,
    site.inputs.map((_, at) => (site.inputs[at] ? value(site, at) : null)),
    {
      ...rest,
      kernel_shape: { ints: kernel },
      ...(same && { pads: { ints: same } }),
    },
  );
}

/** The shape asked for, with −1 and 0 worked out; a batch that was fixed to 1 becomes this graph's. */
function reshaped(site: Site): Value {
  const x = value(site, 0);
  const asked = ints(site, 1).map((dim, axis) => (dim === 0 ? x.shape[axis]! : dim));
  const known = sizeOf(asked.filter((dim) => dim !== -1));
  const shape = asked.map((dim) => (dim === -1 ? sizeOf(x.shape) / known : dim));
  return reshape(x, sizeOf(shape) === sizeOf(x.shape) ? shape : shape.with(0, x.shape[0]!));
}

/** Axes a node names, as an input since opset 13 or 18; or those that are meant where it names none. */
const axesOf = (site: Site, rank: number, otherwise: readonly number[] = []): number[] => {
  const given = site.inputs[1] ? ints(site, 1) : intsOf(site.node.attributes, 'axes', [...otherwise]);
  return given.map((axis) => (axis < 0 ? axis + rank : axis));
};

function mean(site: Site): Value {
  const x = value(site, 0);
  const axes = axesOf(site, x.shape.length, [...x.shape.keys()]);
  const count = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
  return div(reduceSum(x, axes, intOf(site.node.attributes, 'keepdims', 1) === 1), count);
}

function clipped(site: Site): Value {
  const graph = value(site, 0).graph;
  const bound = (at: number, name: string): Value | null => {
    if (site.inputs[at]) return value(site, at);
    return site.node.attributes[name] ? graph.scalar(floatOf(site.node.attributes, name, 0)) : null;
  };
  return plain(site, [value(site, 0), bound(1, 'min'), bound(2, 'max')], {});
}

function squeezed(site: Site): Known {
  if (isInts(site.inputs[0])) return site.inputs[0];
  const x = value(site, 0);
  const axes = axesOf(site, x.shape.length);
  return reshape(
    x,
    x.shape.filter((dim, axis) => (axes.length > 0 ? !axes.includes(axis) : dim !== 1)),
  );
}

function unsqueezed(site: Site): Known {
  if (isInts(site.inputs[0])) return site.inputs[0];
  const x = value(site, 0);
  const rank = x.shape.length + axesOf(site, 0).length;
  const axes = axesOf(site, rank);
  const kept = [...x.shape];
  return reshape(
    x,
    Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : kept.shift()!)),
  );
}

function constant(site: Site, graph: Value['graph']): Known {
  const tensor = site.node.attributes['value'];
  if (!tensor || !('t' in tensor)) throw new Error('Constant without a tensor is not known');
  if (tensor.t.type === 'int64') return integers(tensor.t);
  return graph.constant(floats(tensor.t), tensor.t.dims);
}

function joined(site: Site): Known {
  if (site.inputs.every(isInts)) return site.inputs.flatMap((known) => known as readonly number[]);
  return plain(
    site,
    site.inputs.map((_, at) => value(site, at)),
  );
}

const through = (site: Site): Known => site.inputs[0]!;

/** Operators that are said otherwise; all others are taken as they stand. */
export const translations: Record<string, (site: Site, graph: Value['graph']) => Known> = {
  Conv: windowed,
  MaxPool: windowed,
  AveragePool: windowed,
  Reshape: reshaped,
  Flatten: (site) => {
    const x = value(site, 0);
    const axis = intOf(site.node.attributes, 'axis', 1);
    return reshape(x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]);
  },
  ReduceMean: mean,
  Clip: clipped,
  Squeeze: squeezed,
  Unsqueeze: unsqueezed,
  Constant: constant,
  Concat: joined,
  Transpose: (site) => {
    const x = value(site, 0);
    return transpose(x, intsOf(site.node.attributes, 'perm', [...x.shape.keys()].reverse()));
  },
  Shape: (site) => value(site, 0).shape,
  Gather: (site) => {
    const from = ints(site, 0);
    return ints(site, 1).map((at) => from.at(at)!);
  },
  Cast: (site) => through(site),
  Identity: through,
  Dropout: through,
};

/** @throws Error naming an operator that autograd does not know, or that stands here in a form it does not */
export function translate(site: Site, graph: Value['graph']): Known {
  const translation = translations[site.node.op];
  if (translation) return translation(site, graph);
  return plain(
    site,
    site.inputs.map((known, at) => (known ? value(site, at) : null)),
  );
}
