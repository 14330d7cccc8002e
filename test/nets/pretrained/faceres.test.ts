/**
 * Pretrained weights, against what TensorFlow.js itself computes with them: the pooled features of a formula's
 * picture, made once by executing the package's model to `global_pooling/Mean` (all that are not 0 are in the file).
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inventory, parameterCount } from '../../../src-main/autograd/scope';
import { faceres, faceresRate } from '../../../src-main/nets/faceres';
import { faceresWeights } from '../../../src-main/nets/pretrained/faceres';
import { kernelOf, readTfjsWeights } from '../../../src-main/nets/pretrained/tfjs-weights';
import { fromHalf } from '../../../src-main/onnx/half';
import golden from './faceres-activations.json';
import { pooled } from './pooled';

describe('faceres', () => {
  test.each([112, 128] as const)('computes what TensorFlow.js computes, at %i pixels', async (size) => {
    const expected = new Map(Object.entries(golden[size]).map(([at, value]) => [Number(at), value]));
    const got = await pooled(faceres(), await faceresWeights(), size);
    expect(got).toHaveLength(1024);
    // The border's padding differs by half a grey level: hence not closer.
    got.forEach((value, at) =>
      expect(Math.abs(value - (expected.get(at) ?? 0)), String(at)).toBeLessThan(2e-3),
    );
  });
  test('has the published number of parameters, with a head of three classes', () => {
    // Keras's MobileNet without its top trains 3,206,976, of which 10,944 are scales, folded here; then the head.
    expect(parameterCount(inventory(faceres(), 112))).toBe(3_206_976 - 10_944 + 3 * 1024 + 3);
  });
  test('the head learns fastest, the early layers slowest', () => {
    const rates = ['conv1.weight', 'dw6.bias', 'pw7.weight', 'head.weight'].map(faceresRate);
    expect(rates).toEqual([0.09, 0.09, 0.15, 1]);
  });
});

describe('TensorFlow.js weights', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'maskwatch-tfjs-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const model = async (name: string, weights: unknown[], bytes: Uint8Array) => {
    const file = join(folder, `${name}.json`);
    await writeFile(file, JSON.stringify({ weightsManifest: [{ paths: [`${name}.bin`], weights }] }));
    await writeFile(join(folder, `${name}.bin`), bytes);
    return file;
  };

  test('half precision: ordinary, smallest, zero, infinite, not a number', () => {
    expect([0x3c00, 0xc000, 0x3555, 0x0001, 0x0000, 0x7c00, 0x7e00].map(fromHalf)).toEqual([
      1,
      -2,
      0.333251953125,
      2 ** -24,
      0,
      Infinity,
      NaN,
    ]);
  });
  test('tensors follow each other without gaps, each in its own form', async () => {
    const bytes = Buffer.alloc(3 + 4 + 4);
    bytes.set([0, 10, 255]);
    bytes.writeUInt16LE(0x3c00, 3);
    bytes.writeUInt16LE(0xbc00, 5);
    bytes.writeFloatLE(0.25, 7);
    const file = await model(
      'three',
      [
        { name: 'q', shape: [3], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.5, min: -1 } },
        { name: 'h', shape: [1, 2], dtype: 'float32', quantization: { dtype: 'float16' } },
        { name: 'f', shape: [], dtype: 'float32' },
      ],
      bytes,
    );
    const tensors = await readTfjsWeights(file);
    expect([...tensors].map(([name, { values }]) => [name, [...values]])).toEqual([
      ['q', [-1, 4, 126.5]],
      ['h', [1, -1]],
      ['f', [0.25]],
    ]);
  });
  test('a kernel is turned from height × width × in × out', () => {
    // 1×2 taps, 2 in, 3 out: numbered tap·100 + in·10 + out.
    const values = Float32Array.from({ length: 12 }, (_, i) => {
      const [tap, c, k] = [Math.floor(i / 6), Math.floor(i / 3) % 2, i % 3];
      return tap * 100 + c * 10 + k;
    });
    expect([...kernelOf({ shape: [1, 2, 2, 3], values })]).toEqual([
      0, 100, 10, 110, 1, 101, 11, 111, 2, 102, 12, 112,
    ]);
  });
  test('what is cut short, is no model or is another model is named', async () => {
    const short = await model('short', [{ name: 'w', shape: [4], dtype: 'float32' }], Buffer.alloc(8));
    await expect(readTfjsWeights(short)).rejects.toThrow(`${short}: its weights end within w`);
    const none = join(folder, 'none.json');
    await writeFile(none, '{}');
    await expect(readTfjsWeights(none)).rejects.toThrow(`${none} is not a TensorFlow.js model`);
    const other = await model('other', [], Buffer.alloc(0));
    await expect(faceresWeights(other)).rejects.toThrow(`${other} lacks conv1/convolution/merged_input`);
  });
});
