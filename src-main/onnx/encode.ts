/**
 * Writes a model as an .onnx file: protobuf, github.com/onnx/onnx `onnx.proto`, whose field numbers these are.
 */
import { PbfWriter } from 'pbf';
import { type Attribute, DATA_TYPES, type Model, type Node, type Tensor, type ValueInfo } from './model';

/** AttributeProto.AttributeType */
const ATTRIBUTE_TYPES = { f: 1, i: 2, s: 3, t: 4, floats: 6, ints: 7, strings: 8 } as const;
const encoder = new TextEncoder();

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
