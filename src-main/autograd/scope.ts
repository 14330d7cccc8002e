/**
 * What a network is written against: it asks a scope for its parameters and buffers by name and says what each
 * is; whoever builds the graph decides where they come from. One network function so serves for counting
 * parameters, for training and for export.
 */
import { Graph, type Shape, type Value } from './graph';
import { sizeOf } from './operators/operator';

/** How a parameter begins: drawn from a normal distribution about 0, evenly from −bound to bound, or all alike. */
export type Initialiser =
  | { kind: 'normal'; deviation: number }
  | { kind: 'uniform'; bound: number }
  | { kind: 'constant'; value: number };

/** Normal with variance gain²/fan (He et al. 2015); √2 is the gain for ReLU. */
export const he = (fan: number, gain = Math.SQRT2): Initialiser => ({
  kind: 'normal',
  deviation: gain / Math.sqrt(fan),
});

export interface ParameterSpec {
  name: string;
  shape: Shape;
  initialiser: Initialiser;
  /** Whether weight decay pulls on it: true for kernels and matrices, false for biases and norms. */
  decay: boolean;
}

/** A tensor that is kept between steps without a gradient, as running statistics are. */
export interface BufferSpec {
  name: string;
  shape: Shape;
  value: number;
}

export interface Scope {
  readonly graph: Graph;
  /** Training builds batch statistics and dropout; otherwise running statistics and none. */
  readonly training: boolean;
  /** Whether batch norm keeps to its running statistics in training too, and leaves them as they are. */
  readonly frozenNorms?: boolean;
  parameter(spec: ParameterSpec): Value;
  buffer(spec: BufferSpec): Value;
  /** Sets what a buffer holds after this step. */
  update(name: string, value: Value): void;
  /** Uniform random numbers in [0, 1), new at each step. */
  random(shape: Shape): Value;
}

/** Builds logits N×classes from pictures N×3×S×S. */
export type Network = (scope: Scope, images: Value) => Value;

/** Everything a network asks for. */
export interface Inventory {
  parameters: ParameterSpec[];
  buffers: BufferSpec[];
}

/**
 * Builds a network (or whatever else asks a scope for parameters) once for nothing but the list of them.
 * @param batch pictures it is built for; only a loss minds how many
 */
export function inventory(
  network: (scope: Scope, images: Value) => unknown,
  size: number,
  batch = 2,
): Inventory {
  const graph = new Graph();
  const found: Inventory = { parameters: [], buffers: [] };
  let randoms = 0;
  const note =
    <S extends { name: string; shape: Shape }>(list: S[]) =>
    (spec: S): Value => {
      list.push(spec);
      return graph.input(spec.name, spec.shape);
    };
  network(
    {
      graph,
      training: true,
      parameter: note(found.parameters),
      buffer: note(found.buffers),
      update: () => undefined,
      random: (shape) => graph.input(`random${randoms++}`, shape),
    },
    graph.input('images', [batch, 3, size, size]),
  );
  return found;
}

/** The number of trainable numbers in a network. */
export const parameterCount = ({ parameters }: Inventory): number =>
  parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);

/** Weights by name: parameters and buffers alike. */
export type Weights = Record<string, Float32Array>;

/**
 * Weights to begin from.
 * @param next uniform random numbers in [0, 1)
 */
export function initialWeights({ parameters, buffers }: Inventory, next: () => number): Weights {
  const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const drawn = (spec: ParameterSpec): Float32Array => {
    const { initialiser } = spec;
    const values = new Float32Array(sizeOf(spec.shape));
    if (initialiser.kind === 'constant') return values.fill(initialiser.value);
    if (initialiser.kind === 'uniform') return values.map(() => (2 * next() - 1) * initialiser.bound);
    return values.map(() => normal() * initialiser.deviation);
  };
  return Object.fromEntries([
    ...parameters.map((spec) => [spec.name, drawn(spec)] as const),
    ...buffers.map((spec) => [spec.name, new Float32Array(sizeOf(spec.shape)).fill(spec.value)] as const),
  ]);
}
