/**
 * Gives a TensorFlow Lite face detector the metadata that MediaPipe Tasks asks for. The models in
 * @mediapipe/face_detection are from before Tasks and carry none, so Tasks refuses them ("requires specifying
 * NormalizationOptions metadata"). This knows the two FlatBuffers schemas involved (TensorFlow Lite's
 * schema.fbs and metadata_schema.fbs) as far as it needs them, and nothing of Vite or of the pages.
 *
 * A FlatBuffer is written from its end to its start, and its references point forward. So the untouched file
 * stays at the end, byte for byte, and a new root in front of it refers to the old parts.
 */
import { Builder, ByteBuffer } from 'flatbuffers';

/** Field numbers of table Model. */
const MODEL = {
  version: 0,
  operatorCodes: 1,
  subgraphs: 2,
  description: 3,
  buffers: 4,
  metadataBuffer: 5,
  metadata: 6,
  signatures: 7,
} as const;
const MODEL_FIELDS = 8;
const SUBGRAPH = { tensors: 0, outputs: 2 } as const;
const TENSOR = { name: 3 } as const;
const METADATA_NAME = 'TFLITE_METADATA';

/** Position of a table's field in the file, or 0 when the table does not have it. */
function field(file: ByteBuffer, table: number, number: number): number {
  const offset = file.__offset(table, 4 + 2 * number);
  return offset === 0 ? 0 : table + offset;
}

/** Positions of the tables that a vector of tables refers to. */
function tables(file: ByteBuffer, vectorField: number): number[] {
  if (vectorField === 0) return [];
  // __vector and __vector_len want the field's position itself; both follow the reference in it.
  const start = file.__vector(vectorField);
  return Array.from({ length: file.__vector_len(vectorField) }, (_, i) => file.__indirect(start + 4 * i));
}

/** A parsed view of what we need of a model: for building, and for tests to look at the outcome. */
export function readModel(bytes: Uint8Array) {
  const file = new ByteBuffer(bytes);
  if (bytes.length < 8 || !file.__has_identifier('TFL3')) {
    throw new Error('not a TensorFlow Lite model (no TFL3 identifier)');
  }
  const root = file.__indirect(0);
  const buffers = tables(file, field(file, root, MODEL.buffers)).map((table) => {
    const data = field(file, table, 0);
    if (data === 0) return { table, data: new Uint8Array() };
    const start = file.__vector(data);
    return { table, data: bytes.subarray(start, start + file.__vector_len(data)) };
  });
  const metadata = tables(file, field(file, root, MODEL.metadata)).map((table) => {
    const buffer = field(file, table, 1);
    return {
      table,
      name: String(file.__string(field(file, table, 0))),
      buffer: buffer === 0 ? 0 : file.readUint32(buffer),
    };
  });
  const [subgraph] = tables(file, field(file, root, MODEL.subgraphs));
  if (subgraph === undefined) throw new Error('the model has no subgraph');
  const tensors = tables(file, field(file, subgraph, SUBGRAPH.tensors));
  const outputs = field(file, subgraph, SUBGRAPH.outputs);
  const outputNames = Array.from({ length: file.__vector_len(outputs) }, (_, i) => {
    const tensor = tensors[file.readInt32(file.__vector(outputs) + 4 * i)];
    if (tensor === undefined) throw new Error('the model names an output tensor that it does not have');
    return String(file.__string(field(file, tensor, TENSOR.name)));
  });
  return { file, root, buffers, metadata, outputNames };
}

/** A ModelMetadata (identifier M001): RGB image in, (byte − 127.5) / 127.5, and the names of the outputs. */
function faceDetectorMetadata(outputNames: string[]): Uint8Array {
  const b = new Builder(1024);
  const floats = (value: number) => {
    b.startVector(4, 1, 4);
    b.addFloat32(value);
    return b.endVector();
  };
  const object = (fields: number, fill: () => void) => {
    b.startObject(fields);
    fill();
    return b.endObject();
  };
  const vector = (offsets: number[]) => {
    b.startVector(4, offsets.length, 4);
    for (const offset of offsets.toReversed()) b.addOffset(offset);
    return b.endVector();
  };
  const union = (type: number, value: number) =>
    object(2, () => {
      b.addFieldInt8(0, type, 0);
      b.addFieldOffset(1, value, 0);
    });

  const mean = floats(127.5);
  const std = floats(127.5);
  const normalization = object(2, () => {
    b.addFieldOffset(0, mean, 0);
    b.addFieldOffset(1, std, 0);
  });
  const units = vector([union(1, normalization)]); // ProcessUnitOptions.NormalizationOptions
  const image = object(2, () => b.addFieldInt8(0, 1, 0)); // color_space: RGB
  const content = union(2, image); // ContentProperties.ImageProperties
  const inputName = b.createString('image');
  const input = object(7, () => {
    b.addFieldOffset(0, inputName, 0);
    b.addFieldOffset(3, content, 0);
    b.addFieldOffset(4, units, 0);
  });
  const outputs = outputNames.map((text) => {
    const outputName = b.createString(text);
    return object(7, () => b.addFieldOffset(0, outputName, 0));
  });
  const inputVector = vector([input]);
  const outputVector = vector(outputs);
  const subgraph = object(10, () => {
    b.addFieldOffset(2, inputVector, 0);
    b.addFieldOffset(3, outputVector, 0);
  });
  const subgraphs = vector([subgraph]);
  const name = b.createString('Face detector');
  b.finish(
    object(8, () => {
      b.addFieldOffset(0, name, 0);
      b.addFieldOffset(3, subgraphs, 0);
    }),
    'M001',
  );
  return b.asUint8Array();
}

/**
 * @param model a MediaPipe face detector as @mediapipe/face_detection ships it
 * @returns the same model with TFLITE_METADATA; every byte of the old file stands unchanged at its end
 * @throws Error when the bytes are no TensorFlow Lite model, or carry that metadata already
 */
export function addFaceDetectorMetadata(model: Uint8Array): Uint8Array {
  const old = readModel(model);
  if (old.metadata.some((entry) => entry.name === METADATA_NAME)) {
    throw new Error(`the model has ${METADATA_NAME} already`);
  }
  const metadata = faceDetectorMetadata(old.outputNames);

  // Offsets in a Builder count from the end of the buffer. Padding to 16 keeps the weights' alignment.
  const tail = Math.ceil(model.length / 16) * 16;
  const b = new Builder(tail + 64 * 1024);
  b.pad(tail);
  b.dataBuffer()
    .bytes()
    .set(model, b.dataBuffer().capacity() - tail);
  const oldOffset = (position: number) => tail - position;
  /** Offset of what an old field of the root refers to, or 0. */
  const oldField = (number: number) => {
    const position = field(old.file, old.root, number);
    return position === 0 ? 0 : oldOffset(old.file.__indirect(position));
  };

  b.startVector(1, metadata.length, 16);
  for (const byte of metadata.toReversed()) b.addInt8(byte);
  const data = b.endVector();
  b.startObject(1);
  b.addFieldOffset(0, data, 0);
  const buffer = b.endObject();
  const name = b.createString(METADATA_NAME);
  b.startObject(2);
  b.addFieldOffset(0, name, 0);
  b.addFieldInt32(1, old.buffers.length, 0);
  const entry = b.endObject();

  const extended = (before: { table: number }[], added: number) => {
    b.startVector(4, before.length + 1, 4);
    b.addOffset(added);
    for (const { table } of before.toReversed()) b.addOffset(oldOffset(table));
    return b.endVector();
  };
  const buffers = extended(old.buffers, buffer);
  const entries = extended(old.metadata, entry);

  b.startObject(MODEL_FIELDS);
  b.addFieldInt32(MODEL.version, old.file.readInt32(field(old.file, old.root, MODEL.version)), 0);
  for (const kept of ['operatorCodes', 'subgraphs', 'description', 'metadataBuffer', 'signatures'] as const) {
    b.addFieldOffset(MODEL[kept], oldField(MODEL[kept]), 0);
  }
  b.addFieldOffset(MODEL.buffers, buffers, 0);
  b.addFieldOffset(MODEL.metadata, entries, 0);
  b.finish(b.endObject(), 'TFL3');
  return b.asUint8Array().slice();
}
