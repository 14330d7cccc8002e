/** Whether an ONNX file wants data from other files: what came from elsewhere must not read this machine's. */
import { PbfReader } from 'pbf';

/**
 * Where in a message other messages lie that may hold tensors, by field number (onnx.proto): a model's graph and
 * functions, a graph's nodes and initializers (sparse ones too), a node's attributes, an attribute's tensors and graphs.
 */
const INSIDE: Record<Kind, Partial<Record<number, Kind>>> = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  function: { 7: 'node' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  tensor: {},
};
type Kind = 'model' | 'training' | 'function' | 'graph' | 'sparse' | 'node' | 'attribute' | 'tensor';

/** TensorProto's external_data and data_location. */
const EXTERNAL = [13, 14];
const BYTES = 2;

/** @throws Error when the bytes are no protobuf message */
export function wantsOtherFiles(model: Uint8Array): boolean {
  return holds(new PbfReader(model), 'model', model.length);
}

function holds(reader: PbfReader, kind: Kind, end: number): boolean {
  while (reader.pos < end) {
    const tag = reader.readVarint();
    const field = tag >> 3;
    if (kind === 'tensor' && EXTERNAL.includes(field)) {
      // data_location 0 is "in this file", which may be written out.
      if (field !== 14 || reader.readVarint() !== 0) return true;
      continue;
    }
    const inside = (tag & 7) === BYTES ? INSIDE[kind][field] : undefined;
    if (inside === undefined) {
      reader.skip(tag);
      continue;
    }
    const length = reader.readVarint();
    const stop = reader.pos + length;
    if (stop > end) throw new Error('it is cut off');
    if (holds(reader, inside, stop)) return true;
    reader.pos = stop;
  }
  return false;
}
