/** Parts of flat vectors: named tensors laid out one after another, so that many are handled as one. */
import type { Shape } from './graph';
import { sizeOf } from './operators/operator';
import type { Weights } from './scope';

/** A part of a flat vector that has a name and a shape. */
export interface Part {
  name: string;
  shape: Shape;
  /** Where it begins in the vector. */
  at: number;
  /** Numbers in it. */
  length: number;
}

/** Lays parts out one after another. */
export function layOut<T extends { name: string; shape: Shape }>(specs: readonly T[]): (T & Part)[] {
  let end = 0;
  return specs.map((spec) => {
    const at = end;
    const length = sizeOf(spec.shape);
    end += length;
    return { ...spec, at, length };
  });
}

/** A part of a vector, in the vector's own memory. */
export const view = (flat: Float32Array, { at, length }: Part): Float32Array =>
  flat.subarray(at, at + length);

/**
 * The vector of parts that `weights` gives by name.
 * @throws Error naming a part that it lacks, or whose length differs
 */
export function packed(parts: readonly Part[], weights: Weights): Float32Array {
  const flat = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  for (const part of parts) {
    const values = weights[part.name];
    if (values?.length !== part.length)
      throw new Error(`the weights do not fit this network: ${part.name} differs`);
    flat.set(values, part.at);
  }
  return flat;
}

/** Copies of a vector's parts by name. */
export const unpacked = (parts: readonly Part[], flat: Float32Array): Weights =>
  Object.fromEntries(parts.map((part) => [part.name, view(flat, part).slice()]));
