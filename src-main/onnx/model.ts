/**
 * ONNX models as plain data, and their file format (protobuf, github.com/onnx/onnx `onnx.proto`). Only the
 * fields that classifiers, detectors and training graphs use are read and written; field numbers are the
 * format's own. Knows nothing of ONNX Runtime.
 */
import { PbfReader, PbfWriter } from 'pbf';

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

const typeName = (code: number): DataType => {
  const found = Object.entries(DATA_TYPES).find(([, number]) => number === code);
  if (!found) throw new Error(`ONNX element type ${code} is not supported`);
  return found[0] as DataType;
};

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

// ------------------------------------------------------------------------------------------------ writing

/** AttributeProto.AttributeType */
const ATTRIBUTE_TYPES = { f: 1, i: 2, s: 3, t: 4, floats: 6, ints: 7, strings: 8 } as const;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

function writeTensor(tensor: Tensor, pbf: PbfWriter): void {
  for (const dim of tensor.dims) pbf.writeVarintField(1, dim);
  pbf.writeVarintField(2, DATA_TYPES[tensor.type]);
  pbf.writeStringField(8, tensor.name);
  pbf.writeBytesField(9, tensor.data);
}

function writeAttribute([name, attribute]: [string, Attribute], pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  if ('f' in attribute) pbf.writeFloatField(2, attribute.f);
  else if ('i' in attribute) pbf.writeVarintField(3, attribute.i);
  else if ('s' in attribute) pbf.writeBytesField(4, encoder.encode(attribute.s));
  else if ('t' in attribute) pbf.writeMessage(5, writeTensor, attribute.t);
  else if ('floats' in attribute) for (const f of attribute.floats) pbf.writeFloatField(7, f);
  else if ('ints' in attribute) for (const i of attribute.ints) pbf.writeVarintField(8, i);
  else for (const text of attribute.strings) pbf.writeBytesField(9, encoder.encode(text));
  const kind = Object.keys(attribute)[0] as keyof typeof ATTRIBUTE_TYPES;
  pbf.writeVarintField(20, ATTRIBUTE_TYPES[kind]);
}

function writeNode(node: Node, pbf: PbfWriter): void {
  for (const input of node.inputs) pbf.writeStringField(1, input);
  for (const output of node.outputs) pbf.writeStringField(2, output);
  pbf.writeStringField(3, node.name);
  pbf.writeStringField(4, node.op);
  for (const entry of Object.entries(node.attributes)) pbf.writeMessage(5, writeAttribute, entry);
  if (node.domain) pbf.writeStringField(7, node.domain);
}

function writeDimension(dim: number | string, pbf: PbfWriter): void {
  if (typeof dim === 'number') pbf.writeVarintField(1, dim);
  else pbf.writeStringField(2, dim);
}

function writeShape(dims: (number | string)[], pbf: PbfWriter): void {
  for (const dim of dims) pbf.writeMessage(1, writeDimension, dim);
}

function writeTensorType(info: ValueInfo, pbf: PbfWriter): void {
  pbf.writeVarintField(1, DATA_TYPES[info.type]);
  pbf.writeMessage(2, writeShape, info.dims);
}

function writeValueInfo(info: ValueInfo, pbf: PbfWriter): void {
  pbf.writeStringField(1, info.name);
  pbf.writeMessage(
    2,
    (value: ValueInfo, type: PbfWriter) => type.writeMessage(1, writeTensorType, value),
    info,
  );
}

function writeGraph({ model, more }: { model: Model; more: readonly string[] }, pbf: PbfWriter): void {
  for (const node of model.nodes) pbf.writeMessage(1, writeNode, node);
  pbf.writeStringField(2, 'maskwatch');
  for (const tensor of model.initializers) pbf.writeMessage(5, writeTensor, tensor);
  for (const info of model.inputs) pbf.writeMessage(11, writeValueInfo, info);
  for (const info of model.outputs) pbf.writeMessage(12, writeValueInfo, info);
  for (const name of more)
    pbf.writeMessage(12, (text: string, value: PbfWriter) => value.writeStringField(1, text), name);
}

function writeOpset([domain, version]: [string, number], pbf: PbfWriter): void {
  pbf.writeStringField(1, domain);
  pbf.writeVarintField(2, version);
}

/**
 * The bytes of a model's .onnx file. Nodes must come in topological order, as ONNX asks.
 * @param more names of what nodes give that shall leave the model too, after its outputs, whatever its type and shape
 */
export function encodeModel(model: Model, more: readonly string[] = []): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, 8); // IR version 8: opsets to 18 and what every ONNX Runtime of today reads
  pbf.writeStringField(2, model.producer);
  pbf.writeMessage(7, writeGraph, { model, more });
  for (const opset of Object.entries({ '': model.opset, ...model.domains }))
    pbf.writeMessage(8, writeOpset, opset);
  return pbf.finish();
}

// ------------------------------------------------------------------------------------------------ reading

function readTensor(pbf: PbfReader): Tensor {
  const packed: { floats: number[]; ints: number[] } = { floats: [], ints: [] };
  const tensor: Tensor = { name: '', type: 'float32', dims: [], data: new Uint8Array(0) };
  pbf.readMessage((tag, result, p) => {
    if (tag === 1) p.readPackedVarint(result.dims, true);
    else if (tag === 2) result.type = typeName(p.readVarint());
    else if (tag === 4) p.readPackedFloat(packed.floats);
    else if (tag === 5 || tag === 7) p.readPackedVarint(packed.ints, true);
    else if (tag === 8) result.name = p.readString();
    else if (tag === 9) result.data = p.readBytes();
    else if (tag === 13) throw new Error('tensors in a file of their own (external data) are not read');
  }, tensor);
  if (packed.floats.length > 0) tensor.data = new Uint8Array(Float32Array.from(packed.floats).buffer);
  if (packed.ints.length > 0 && tensor.type === 'int64')
    tensor.data = new Uint8Array(BigInt64Array.from(packed.ints, BigInt).buffer);
  return tensor;
}

function readAttribute(pbf: PbfReader): [string, Attribute | undefined] {
  const read = { name: '', type: 0, f: 0, i: 0, s: '' };
  const lists = { floats: [] as number[], ints: [] as number[], strings: [] as string[] };
  let tensor: Tensor | undefined;
  pbf.readMessage((tag, result, p) => {
    if (tag === 1) result.name = p.readString();
    else if (tag === 2) result.f = p.readFloat();
    else if (tag === 3) result.i = p.readVarint(true);
    else if (tag === 4) result.s = decoder.decode(p.readBytes());
    else if (tag === 5) tensor = readTensor(p);
    else if (tag === 7) p.readPackedFloat(lists.floats);
    else if (tag === 8) p.readPackedVarint(lists.ints, true);
    else if (tag === 9) lists.strings.push(decoder.decode(p.readBytes()));
    else if (tag === 20) result.type = p.readVarint();
  }, read);
  const values: Record<number, Attribute | undefined> = {
    1: { f: read.f },
    2: { i: read.i },
    3: { s: read.s },
    4: tensor && { t: tensor },
    6: { floats: lists.floats },
    7: { ints: lists.ints },
    8: { strings: lists.strings },
  };
  return [read.name, values[read.type]];
}

function readNode(pbf: PbfReader): Node {
  const node: Node = { op: '', domain: '', name: '', inputs: [], outputs: [], attributes: {} };
  return pbf.readMessage((tag, result, p) => {
    if (tag === 1) result.inputs.push(p.readString());
    else if (tag === 2) result.outputs.push(p.readString());
    else if (tag === 3) result.name = p.readString();
    else if (tag === 4) result.op = p.readString();
    else if (tag === 5) {
      const [name, attribute] = readAttribute(p);
      if (attribute) result.attributes[name] = attribute;
    } else if (tag === 7) result.domain = p.readString();
  }, node);
}

function readDimension(pbf: PbfReader): number | string {
  return pbf.readMessage(
    (tag, result, p) => {
      if (tag === 1) result.dim = p.readVarint(true);
      else if (tag === 2) result.dim = p.readString();
    },
    { dim: '' as number | string },
  ).dim;
}

function readValueInfo(pbf: PbfReader): ValueInfo {
  const info: ValueInfo = { name: '', type: 'float32', dims: [] };
  return pbf.readMessage((tag, result, p) => {
    if (tag === 1) result.name = p.readString();
    else if (tag === 2)
      p.readMessage((typeTag, _, type) => {
        if (typeTag !== 1) throw new Error(`${result.name || 'a value'} is not a tensor`);
        type.readMessage((field, __, tensor) => {
          if (field === 1) result.type = typeName(tensor.readVarint());
          else if (field === 2)
            tensor.readMessage((shapeTag, ___, shape) => {
              if (shapeTag === 1) result.dims.push(readDimension(shape));
            }, null);
        }, null);
      }, null);
  }, info);
}

/**
 * Reads an .onnx file's bytes.
 * @throws Error when the bytes are not an ONNX model, or use what this reader does not know
 */
export function decodeModel(bytes: Uint8Array): Model {
  const model: Model = { opset: 0, producer: '', nodes: [], initializers: [], inputs: [], outputs: [] };
  const readGraph = (tag: number, result: Model, p: PbfReader): void => {
    if (tag === 1) result.nodes.push(readNode(p));
    else if (tag === 5) result.initializers.push(readTensor(p));
    else if (tag === 11) result.inputs.push(readValueInfo(p));
    else if (tag === 12) result.outputs.push(readValueInfo(p));
  };
  try {
    // Not as a Buffer, whose slices share memory with the whole file.
    new PbfReader(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)).readFields(
      (tag, result, p) => {
        if (tag === 2) result.producer = p.readString();
        else if (tag === 7) p.readMessage(readGraph, result);
        else if (tag === 8) {
          const opset = p.readMessage(
            (field, o, q) => {
              if (field === 1) o.domain = q.readString();
              else if (field === 2) o.version = q.readVarint();
            },
            { domain: '', version: 0 },
          );
          if (opset.domain === '') result.opset = opset.version;
          else result.domains = { ...result.domains, [opset.domain]: opset.version };
        }
      },
      model,
    );
  } catch (error) {
    throw new Error(`not a readable ONNX model: ${(error as Error).message}`, { cause: error });
  }
  if (model.nodes.length === 0 || model.opset === 0) throw new Error('not an ONNX model: it has no graph');
  return model;
}
