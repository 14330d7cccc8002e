/** The graph of a training step: forward, loss, the gradients of what learns, and what the buffers hold after it. */
import type { Model } from '../onnx/model';
import { gradients } from './backward';
import { add } from './functions';
import { Graph, type Shape, type Value } from './graph';
import { type Inventory, type Network, type Scope, inventory } from './scope';

/** Scalars by name, whose sum is made small; each is told apart. */
export type Terms = Record<string, Value>;

/**
 * Builds the loss of a batch: a scalar, or the terms it is the sum of. May ask the graph for more inputs, which each
 * step must then feed, and the scope for parameters of its own, which then learn beside the network's.
 */
export type Loss = (logits: Value, graph: Graph, from: { images: Value; scope: Scope }) => Value | Terms;

/** What is built: a network and its loss on batches of pictures. */
export interface Learnt {
  network: Network;
  batch: number;
  /** Side of the pictures in pixels. */
  size: number;
  loss: Loss;
}

/** A loss as its terms. */
function termsOf(loss: Value | Terms): Terms {
  // No term is called `graph`: what has one of these is a value.
  return loss['graph'] instanceof Graph ? { loss: loss as Value } : (loss as Terms);
}

/** Everything a network and its loss ask for. */
export const inventoryOf = ({ network, loss, size, batch }: Learnt): Inventory =>
  inventory((scope, images) => loss(network(scope, images), scope.graph, { images, scope }), size, batch);

/** Names of what the graph is fed and gives, by the name of the parameter, buffer or term. */
export const NAMES = {
  parameter: (name: string) => `parameter ${name}`,
  buffer: (name: string) => `buffer ${name}`,
  gradient: (name: string) => `new gradient ${name}`,
  newBuffer: (name: string) => `new buffer ${name}`,
  term: (name: string) => `term ${name}`,
};

/** The terms' names among a graph's outputs. */
export const termNames = (outputs: readonly string[]): string[] =>
  outputs.filter((name) => name.startsWith(NAMES.term(''))).map((name) => name.slice(NAMES.term('').length));

interface Named {
  name: string;
  shape: Shape;
}

/**
 * Builds a step's graph. It is fed `images`, parameters and buffers, random numbers and what the loss asked for, and
 * gives `loss`, its terms, `logits`, gradients and new buffers.
 * @param parameters everything `inventoryOf` found, and whether each learns
 * @returns the model, and the shapes of its values by name
 */
export function stepGraph(
  { network, batch, size, loss }: Learnt,
  parameters: readonly (Named & { learns: boolean })[],
  buffers: readonly Named[],
  frozenNorms: boolean,
): { model: Model; shapes: Map<string, Shape> } {
  const graph = new Graph();
  const fed = (named: (name: string) => string, specs: readonly Named[]) =>
    new Map(specs.map(({ name, shape }) => [name, graph.input(named(name), shape)]));
  const leaves = fed(NAMES.parameter, parameters);
  const kept = fed(NAMES.buffer, buffers);
  const outputs: Record<string, Value> = {};
  let randoms = 0;
  const scope: Scope = {
    graph,
    training: true,
    frozenNorms,
    parameter: ({ name }) => leaves.get(name)!,
    buffer: ({ name }) => kept.get(name)!,
    update: (name, value) => (outputs[NAMES.newBuffer(name)] = value),
    random: (shape) => graph.input(`random${randoms++}`, shape),
  };
  const images = graph.input('images', [batch, 3, size, size]);
  const logits = network(scope, images);
  const terms = termsOf(loss(logits, graph, { images, scope }));
  const scalar = Object.values(terms).reduce(add);
  const learning = parameters.filter(({ learns }) => learns).map(({ name }) => name);
  const slopes = gradients(
    scalar,
    learning.map((name) => leaves.get(name)!),
  );
  learning.forEach((name, i) => (outputs[NAMES.gradient(name)] = slopes[i]!));
  for (const [name, value] of Object.entries(terms)) outputs[NAMES.term(name)] = value;
  return { model: graph.toModel({ ...outputs, loss: scalar, logits }), shapes: graph.shapes };
}
