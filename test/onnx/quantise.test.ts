/** A small network in eight bits, run by ONNX Runtime beside its float form. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { spansOf } from '../../src-main/learn/calibrate';
import { encodeModel } from '../../src-main/onnx/encode';
import type { Model } from '../../src-main/onnx/model';
import { BYTES_INPUT, quantise } from '../../src-main/onnx/quantise';
import { colourModel, randomCrops, randomModel } from '../watch/models';

const SIZE = 32;
const COUNT = 24;
const mean = [0.485, 0.456, 0.406];
const std = [0.229, 0.224, 0.225];

/** The student's shape with the student's slope, which eight bits take as a Relu. */
function smallModel(): Model {
  const model = randomModel(SIZE);
  const nodes = model.nodes.map((node) =>
    node.op === 'LeakyRelu' ? { ...node, attributes: { alpha: { f: 0.01 } } } : node,
  );
  return { ...model, nodes };
}

function normalised(crops: Uint8Array): Float32Array {
  const plane = SIZE * SIZE;
  return Float32Array.from(crops, (_, i) => {
    const k = Math.floor(i / plane) % 3;
    const byte = crops[(Math.floor(i / (3 * plane)) * plane + (i % plane)) * 3 + k]!;
    return (byte / 255 - mean[k]!) / std[k]!;
  });
}

async function logitsOf(model: Model, input: Tensor): Promise<Float32Array> {
  const session = await InferenceSession.create(encodeModel(model), { logSeverityLevel: 3 });
  const { logits } = await session.run({ [session.inputNames[0]!]: input });
  await session.release();
  return logits!.data as Float32Array;
}

async function* once(images: Float32Array) {
  yield await Promise.resolve({ images });
}

describe('a network in eight bits', () => {
  test('takes bytes and agrees with float on crops it was not calibrated on', async () => {
    const model = smallModel();
    const spans = await spansOf(model, once(normalised(randomCrops(COUNT, SIZE, 1))), SIZE);
    const eightBit = quantise(model, { spans, size: SIZE, mean, std });
    expect(eightBit.inputs).toEqual([{ name: BYTES_INPUT, type: 'uint8', dims: ['N', SIZE, SIZE, 3] }]);
    expect(eightBit.nodes.filter(({ op }) => op === 'QLinearConv')).toHaveLength(2);
    expect(eightBit.nodes.some(({ op }) => op === 'Conv')).toBe(false);

    const crops = randomCrops(COUNT, SIZE, 2);
    const float = await logitsOf(model, new Tensor('float32', normalised(crops), [COUNT, 3, SIZE, SIZE]));
    const own = await logitsOf(eightBit, new Tensor('uint8', crops, [COUNT, SIZE, SIZE, 3]));
    const range = Math.max(...float) - Math.min(...float);
    const apart = float.reduce((sum, value, i) => sum + Math.abs(value - own[i]!), 0) / float.length;
    expect(apart / range).toBeLessThan(0.03);
  });

  test('an operator between convolutions without an eight-bit form is refused by name', async () => {
    const model = randomModel(SIZE); // A slope of 0.1 is too steep for a Relu.
    const spans = await spansOf(model, once(normalised(randomCrops(2, SIZE))), SIZE);
    expect(() => quantise(model, { spans, size: SIZE, mean, std })).toThrow(
      'the operator LeakyRelu before the convolution conv1 has no eight-bit form here',
    );
  });

  test('a network that does not begin with a convolution is refused by name', () => {
    expect(() => quantise(colourModel(SIZE), { spans: new Map(), size: SIZE, mean, std })).toThrow(
      'the operator GlobalAveragePool cannot take pictures in bytes',
    );
  });
});
