/**
 * Small classifiers for the tests, written as real ONNX files with their cards at run time: one with random
 * weights that exercises the student's operators, and one whose answer can be read off the crop's colour.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MASK_CLASSES } from '../../src-main/api';
import { cardPath, type ModelCard } from '../../src-main/nets/card';
import { encodeModel } from '../../src-main/onnx/encode';
import { floatTensor, type Attribute, type Model, type Node } from '../../src-main/onnx/model';

/** Reproducible numbers in 0..1 (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** `count` crops of noise, size×size×3 bytes each; every crop about a colour of its own. */
export function randomCrops(count: number, size: number, seed = 1): Uint8Array<ArrayBuffer> {
  const next = randomNumbers(seed);
  const crops = new Uint8Array(count * size * size * 3);
  for (let i = 0, at = 0; i < count; i++) {
    const colour = [next() * 200, next() * 200, next() * 200];
    for (let p = 0; p < size * size; p++) for (const base of colour) crops[at++] = base + next() * 55;
  }
  return crops;
}

/** `count` crops of one flat colour each. */
export function flatCrops(colours: [number, number, number][], size: number): Uint8Array {
  const crops = new Uint8Array(colours.length * size * size * 3);
  colours.forEach((colour, i) => {
    for (let p = 0; p < size * size; p++) crops.set(colour, (i * size * size + p) * 3);
  });
  return crops;
}

/** A node of a hand-made graph, named by its output. */
export const node = (
  op: string,
  inputs: string[],
  output: string,
  attributes: Record<string, Attribute> = {},
): Node => ({
  op,
  domain: '',
  name: output,
  inputs,
  outputs: [output],
  attributes,
});

const model = (size: number, classes: number, rest: Pick<Model, 'nodes' | 'initializers'>): Model => ({
  opset: 17,
  producer: 'maskwatch test',
  inputs: [{ name: 'image', type: 'float32', dims: ['n', 3, size, size] }],
  outputs: [{ name: 'logits', type: 'float32', dims: ['n', classes] }],
  ...rest,
});

/** Convolutions of stride 2 with LeakyReLU, global average pool, linear: the student's shape with random weights. */
export function randomModel(size = 32, widths = [8, 16], seed = 7, classes = 3): Model {
  const next = randomNumbers(seed);
  const weights = (n: number, scale: number) =>
    Float32Array.from({ length: n }, () => (next() * 2 - 1) * scale);
  const nodes: Node[] = [];
  const initializers = [];
  let [value, channels] = ['image', 3];
  for (const [i, width] of widths.entries()) {
    const fanIn = channels * 9;
    initializers.push(
      floatTensor(`w${i}`, [width, channels, 3, 3], weights(width * fanIn, Math.sqrt(6 / fanIn))),
      floatTensor(`b${i}`, [width], weights(width, 0.1)),
    );
    nodes.push(
      node('Conv', [value, `w${i}`, `b${i}`], `conv${i}`, {
        kernel_shape: { ints: [3, 3] },
        pads: { ints: [1, 1, 1, 1] },
        strides: { ints: [2, 2] },
      }),
      node('LeakyRelu', [`conv${i}`], `relu${i}`, { alpha: { f: 0.1 } }),
    );
    [value, channels] = [`relu${i}`, width];
  }
  initializers.push(
    floatTensor('head', [channels, classes], weights(channels * classes, 4 / Math.sqrt(channels))),
    floatTensor('headBias', [classes], weights(classes, 0.1)),
  );
  nodes.push(
    node('GlobalAveragePool', [value], 'pooled'),
    node('Flatten', ['pooled'], 'flat', { axis: { i: 1 } }),
    node('Gemm', ['flat', 'head', 'headBias'], 'logits'),
  );
  return model(size, classes, { nodes, initializers });
}

/** Logits are `sharpness` × the mean of each colour: a red crop is correct, a green one incorrect, a blue one none. */
export function colourModel(size = 32, sharpness = 4): Model {
  const s = sharpness;
  return model(size, 3, {
    nodes: [
      node('GlobalAveragePool', ['image'], 'pooled'),
      node('Flatten', ['pooled'], 'flat', { axis: { i: 1 } }),
      node('MatMul', ['flat', 'scale'], 'logits'),
    ],
    initializers: [floatTensor('scale', [3, 3], [s, 0, 0, 0, s, 0, 0, 0, s])],
  });
}

export function testCard(size: number, changes: Partial<ModelCard> = {}): ModelCard {
  return {
    name: 'test',
    architecture: 'test',
    parameters: 1,
    date: '2026-01-01',
    classes: [MASK_CLASSES[0], MASK_CLASSES[1], MASK_CLASSES[2]],
    input: { size, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
    cropMargin: 0.27,
    temperature: 1,
    data: [],
    metrics: [],
    weaknesses: [],
    commands: [],
    ...changes,
  };
}

/** Writes a model and its card into a folder and returns the model's path. */
export async function writeModel(
  folder: string,
  content: Model | Uint8Array,
  card: ModelCard | null,
  name = 'model',
): Promise<string> {
  const path = join(folder, `${name}.onnx`);
  await writeFile(path, content instanceof Uint8Array ? content : encodeModel(content));
  if (card) await writeFile(cardPath(path), JSON.stringify(card));
  return path;
}
