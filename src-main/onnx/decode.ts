/**
 * Reads a model from an .onnx file: protobuf, github.com/onnx/onnx `onnx.proto`, whose field numbers these are. Fields that
 * `Model` has no place for are passed over.
 */
import { PbfReader } from 'pbf';
import {
  type Attribute,
  DATA_TYPES,
  type DataType,
  type Model,
  type Node,
  type Tensor,
  type ValueInfo,
} from './model';

const decoder = new TextDecoder();

const typeName = (code: number): DataType => {
  const found = Object.entries(DATA_TYPES).find(([, number]) => number === code);
  if (!found) throw new Error(`ONNX element type ${code} is not supported`);
  return found[0] as DataType;
};

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
