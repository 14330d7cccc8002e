/**
 * Which tensors of a float network are kept in eight bits, and which activations cost nothing there because unsigned
 * numbers end at 0 by themselves.
 */
import type { Model, Node } from './model';

/**
 * Largest slope of a LeakyRelu that is taken as a Relu, which costs nothing:
 * what is left out is about a step of eight bits.
 */
const SMALL_SLOPE = 0.02;

const isClamp = ({ op, attributes: { alpha } }: Node): boolean =>
  op === 'Relu' || (op === 'LeakyRelu' && (alpha && 'f' in alpha ? alpha.f : 0.01) <= SMALL_SLOPE);

/** The activation after a node, where clamping stands for it. */
export function clampAfter({ nodes }: Model, { outputs }: Node): Node | undefined {
  const readers = nodes.filter(({ inputs }) => inputs.includes(outputs[0]!));
  return readers.length === 1 && isClamp(readers[0]!) ? readers[0] : undefined;
}

/** The tensors that get a span of their own: what convolutions and additions give, after their activations. */
export function quantisedTensors(model: Model): { name: string; clamped: boolean }[] {
  return model.nodes
    .filter(({ op }) => op === 'Conv' || op === 'Add')
    .map((node) => {
      const clamp = clampAfter(model, node);
      return { name: (clamp ?? node).outputs[0]!, clamped: clamp !== undefined };
    });
}
