import { readFile } from 'node:fs/promises';
import { InferenceSession } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { decodeModel } from '../../src-main/onnx/decode';
import { encodeModel } from '../../src-main/onnx/encode';
import { type Model, floatTensor, floats, int64Tensor, integers } from '../../src-main/onnx/model';

const model: Model = {
  opset: 17,
  producer: 'test',
  nodes: [
    {
      op: 'Conv',
      domain: '',
      name: 'conv',
      inputs: ['x', 'w'],
      outputs: ['c'],
      attributes: { pads: { ints: [1, 1, 1, 1] }, group: { i: 1 }, auto_pad: { s: 'NOTSET' } },
    },
    {
      op: 'LeakyRelu',
      domain: '',
      name: 'act',
      inputs: ['c'],
      outputs: ['a'],
      attributes: { alpha: { f: 0.25 } },
    },
    { op: 'Reshape', domain: '', name: 'flat', inputs: ['a', 'shape'], outputs: ['y'], attributes: {} },
  ],
  initializers: [
    floatTensor('w', [1, 1, 3, 3], [0, 0, 0, 0, 2, 0, 0, 0, 0]),
    int64Tensor('shape', [2], [0, -1]),
  ],
  inputs: [{ name: 'x', type: 'float32', dims: ['N', 1, 2, 2] }],
  outputs: [{ name: 'y', type: 'float32', dims: ['N', 4] }],
};

describe('the ONNX file format', () => {
  test('what is written is read back the same', () => {
    expect(decodeModel(encodeModel(model))).toEqual(model);
  });
  test('ONNX Runtime runs what is written', async () => {
    const session = await InferenceSession.create(encodeModel(model));
    const { Tensor } = await import('onnxruntime-node');
    const { y } = await session.run({
      x: new Tensor('float32', Float32Array.of(1, -1, 2, -2), [1, 1, 2, 2]),
    });
    expect(Array.from(y!.data as Float32Array)).toEqual([2, -0.5, 4, -1]);
    expect(y!.dims).toEqual([1, 4]);
  });
  test('a Buffer, as files are read, gives the same numbers', () => {
    const read = decodeModel(Buffer.from(encodeModel(model)));
    expect(floats(read.initializers[0]!)).toEqual(floats(model.initializers[0]!));
    expect(integers(read.initializers[1]!)).toEqual([0, -1]);
  });
  test('numbers of tensors', () => {
    expect(Array.from(floats(model.initializers[0]!))).toContain(2);
    expect(integers(model.initializers[1]!)).toEqual([0, -1]);
    expect(() => floats(model.initializers[1]!)).toThrow('tensor shape is int64, not float32');
  });
  test.each([
    ['nothing', new Uint8Array(0)],
    ['text', new TextEncoder().encode('this is not a model, it is a text')],
    ['a truncated model', encodeModel(model).subarray(0, 90)],
  ])('%s is refused', (_, bytes) =>
    expect(() => decodeModel(bytes)).toThrow(/not (a readable|an) ONNX model/),
  );
  test('the file of another format is refused', async () => {
    const bytes = await readFile(new URL('../../package.json', import.meta.url));
    expect(() => decodeModel(bytes)).toThrow(/not (a readable|an) ONNX model/);
  });
});
