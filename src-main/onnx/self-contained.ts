/**
 * Whether a model is whole in its own file. ONNX lets a tensor lie in another file that the model names by a path of
 * its choice ("external data"), which ONNX Runtime then reads: a model from elsewhere must not choose what is read
 * here. Walks the file's protobuf without making anything of it, so that a hostile one costs no more than its bytes.
 */
import { PbfReader } from 'pbf';

/** Messages within messages: a graph in a node of a graph takes three. No classifier comes near. */
const DEEPEST = 48;

type Message = 'model' | 'training' | 'graph' | 'function' | 'node' | 'attribute' | 'sparse' | 'tensor';

/** Which fields of a message are messages that a tensor can be in; field numbers of `onnx.proto`. */
const PARTS: Record<Message, Partial<Record<number, Message>>> = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  function: { 7: 'node', 11: 'attribute' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  tensor: {},
};
/** TensorProto.external_data and TensorProto.data_location. */
const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;
/** Protobuf's wire type of bytes with their length, and so of messages. */
const LENGTH_DELIMITED = 2;

/**
 * @param bytes of an .onnx file
 * @throws Error in a sentence when the model names another file, is too deep, or is no protobuf
 */
export function checkSelfContained(bytes: Uint8Array): void {
  const pbf = new PbfReader(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
  pbf.readFields(lookInto('model', 0), null);
}

/** Reads the fields of a message; what is of no interest is left, and so skipped. */
function lookInto(message: Message, depth: number): (tag: number, result: null, pbf: PbfReader) => void {
  if (depth > DEEPEST) throw new Error('its graphs are nested too deeply');
  return (tag, _, pbf) => {
    if (message === 'tensor' && (tag === EXTERNAL_DATA || (tag === DATA_LOCATION && pbf.readVarint() !== 0)))
      throw new Error('its weights lie in a file of their own (external data), which is not read');
    const part = PARTS[message][tag];
    if (part === undefined || pbf.type !== LENGTH_DELIMITED) return;
    const end = pbf.readVarint() + pbf.pos;
    if (end > pbf.length) throw new Error('it is cut off');
    pbf.readFields(lookInto(part, depth + 1), null, end);
  };
}
