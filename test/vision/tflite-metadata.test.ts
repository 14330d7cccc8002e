/** The face detector's model as the build makes it: metadata added, everything else untouched. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ByteBuffer } from 'flatbuffers';
import { beforeAll, describe, expect, it } from 'vitest';
import { addFaceDetectorMetadata, readModel } from '../../src-renderer/vision/build/tflite-metadata';

const shipped = new URL('../../node_modules/@mediapipe/face_detection/', import.meta.url);
const read = async (name: string) => new Uint8Array(await readFile(fileURLToPath(new URL(name, shipped))));

describe.each(['face_detection_full_range.tflite', 'face_detection_short_range.tflite'])('%s', (name) => {
  let before: Uint8Array;
  let after: Uint8Array;
  beforeAll(async () => {
    before = await read(name);
    after = addFaceDetectorMetadata(before);
  });

  it('keeps every byte of the old file, aligned as it was', () => {
    const tail = Math.ceil(before.length / 16) * 16;
    const start = after.length - tail;
    expect(start % 16).toBe(0);
    expect(Buffer.compare(after.subarray(start, start + before.length), before)).toBe(0);
  });

  it('parses as a model with the same weights and outputs', () => {
    const [old, now] = [readModel(before), readModel(after)];
    expect(now.outputNames).toEqual(old.outputNames);
    expect(now.buffers).toHaveLength(old.buffers.length + 1);
    const changed = old.buffers.filter(({ data }, i) => Buffer.compare(data, now.buffers[i]!.data) !== 0);
    expect(changed).toEqual([]);
    // The largest is a real weight tensor, not an empty buffer compared with another.
    expect(Math.max(...old.buffers.map(({ data }) => data.length))).toBeGreaterThan(10_000);
  });

  it('names one buffer as TFLITE_METADATA: a ModelMetadata, aligned to 16', () => {
    const model = readModel(after);
    const entries = model.metadata.filter((entry) => entry.name === 'TFLITE_METADATA');
    expect(entries.map(({ buffer }) => buffer)).toEqual([model.buffers.length - 1]);
    const { data } = model.buffers.at(-1)!;
    expect((data.byteOffset - after.byteOffset) % 16).toBe(0);
    expect(new ByteBuffer(data).__has_identifier('M001')).toBe(true);
    // Mean and standard deviation, where the schema has them as float 127.5.
    const floats = Array.from({ length: data.length / 4 }, (_, i) =>
      new DataView(data.buffer, data.byteOffset).getFloat32(i * 4, true),
    );
    expect(floats.filter((value) => value === 127.5)).toHaveLength(2);
  });
});

describe('what it refuses', () => {
  it('a file that is no model', () => {
    expect(() => addFaceDetectorMetadata(new Uint8Array(64))).toThrow('not a TensorFlow Lite model');
  });

  it('a model that has the metadata already', async () => {
    const model = addFaceDetectorMetadata(await read('face_detection_full_range.tflite'));
    expect(() => addFaceDetectorMetadata(model)).toThrow('has TFLITE_METADATA already');
  });
});
