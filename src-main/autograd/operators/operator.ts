/** What autograd knows of an operator: the shapes it gives and its vector-Jacobian product, side by side. */
import type { DataType } from '../../onnx/model';
import type { Attributes, Call, Shape, Value } from '../graph';

export interface Operator {
  /** What it gives counts as given from outside: no gradient is asked for through it. */
  readonly detached?: true;
  /** Shapes (and types, where not float32) of the outputs. Throws an Error naming what does not fit. */
  outputs(inputs: readonly (Value | null)[], attributes: Attributes): { shape: Shape; type?: DataType }[];
  /**
   * Gradients of a scalar loss with respect to the inputs, given those with respect to the outputs, as new
   * values of the same graph. An operator without it is a leaf: asking for a gradient through it is an error.
   * @param upstream one per output; null where the loss does not depend on it
   * @param wanted whether each input's gradient is needed; the others may be left null
   */
  gradient?(call: Call, upstream: readonly (Value | null)[], wanted: readonly boolean[]): (Value | null)[];
}

/** Reads an attribute that holds whole numbers. */
export function intsOf(attributes: Attributes, name: string, otherwise: number[]): number[] {
  const attribute = attributes[name];
  return attribute && 'ints' in attribute ? attribute.ints : otherwise;
}

/** Reads an attribute that holds one whole number. */
export function intOf(attributes: Attributes, name: string, otherwise: number): number {
  const attribute = attributes[name];
  return attribute && 'i' in attribute ? attribute.i : otherwise;
}

/** Reads an attribute that holds one number. */
export function floatOf(attributes: Attributes, name: string, otherwise: number): number {
  const attribute = attributes[name];
  return attribute && 'f' in attribute ? attribute.f : otherwise;
}

/** Number of elements of a shape. */
export const sizeOf = (shape: Shape): number => shape.reduce((product, dim) => product * dim, 1);

/** The shape two shapes broadcast to (NumPy's rule, as in ONNX). */
export function broadcast(a: Shape, b: Shape, op: string): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const p = a[i - rank + a.length] ?? 1;
    const q = b[i - rank + b.length] ?? 1;
    if (p !== q && p !== 1 && q !== 1)
      throw new Error(`${op}: shapes [${a.join()}] and [${b.join()}] do not broadcast`);
    return p === 1 ? q : p;
  });
}
