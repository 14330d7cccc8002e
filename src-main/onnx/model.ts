/**
 * ONNX models as plain data: what of the format classifiers, detectors and training graphs use. `encode.ts` writes it as
 * an .onnx file, `decode.ts` reads one. Knows nothing of ONNX Runtime.
 */

export type Attribute =
  | { f: number }
  | { i: number }
  | { s: string }
  | { t: Tensor }
  | { floats: number[] }
  | { ints: number[] }
  | { strings: string[] };

/** Element types by ONNX's TensorProto.DataType number. */
export const DATA_TYPES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
} as const;
export type DataType = keyof typeof DATA_TYPES;

export interface Tensor {
  name: string;
  type: DataType;
  dims: number[];
  /** Little-endian elements, row by row. */
  data: Uint8Array;
}

/** A named input or output; a dimension is a size, or a name where it is free. */
export interface ValueInfo {
  name: string;
  type: DataType;
  dims: (number | string)[];
}

export interface Node {
  op: string;
  /** '' for the standard operators. */
  domain: string;
  name: string;
  inputs: string[];
  outputs: string[];
  attributes: Record<string, Attribute>;
}

export interface Model {
  opset: number;
  /** Versions of other domains' operators, by domain, where the graph uses any. */
  domains?: Record<string, number>;
  producer: string;
  nodes: Node[];
  initializers: Tensor[];
  inputs: ValueInfo[];
  outputs: ValueInfo[];
}

/** A float32 tensor of the given numbers. */
export function floatTensor(name: string, dims: number[], values: ArrayLike<number>): Tensor {
  const data = Float32Array.from(values);
  return { name, type: 'float32', dims, data: new Uint8Array(data.buffer) };
}

/** An int64 tensor of the given whole numbers. */
export function int64Tensor(name: string, dims: number[], values: readonly number[]): Tensor {
  const data = BigInt64Array.from(values, BigInt);
  return { name, type: 'int64', dims, data: new Uint8Array(data.buffer) };
}

/** The numbers of a float32 tensor, copied (a file's bytes need not be aligned, and a Buffer's slice is no copy). */
export function floats(tensor: Tensor): Float32Array {
  if (tensor.type !== 'float32') throw new Error(`tensor ${tensor.name} is ${tensor.type}, not float32`);
  return new Float32Array(new Uint8Array(tensor.data).buffer);
}

/** The numbers of an int64 tensor. */
export function integers(tensor: Tensor): number[] {
  if (tensor.type !== 'int64') throw new Error(`tensor ${tensor.name} is ${tensor.type}, not int64`);
  return Array.from(new BigInt64Array(new Uint8Array(tensor.data).buffer), Number);
}

/** A node of a standard operator with one output, by which it is named too. */
export const plainNode = (
  op: string,
  inputs: string[],
  output: string,
  attributes: Node['attributes'] = {},
): Node => ({ op, domain: '', name: `${output} ${op}`, inputs, outputs: [output], attributes });

/** Whether a node normalises by the batch's own statistics. */
export const isTrainingNorm = ({ op, attributes: { training_mode: mode } }: Node): boolean =>
  op === 'BatchNormalization' && mode !== undefined && 'i' in mode && mode.i === 1;
