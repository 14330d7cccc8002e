import { describe, expect, test } from 'vitest';
import { initialWeights, inventory, parameterCount } from '../../src-main/autograd/scope';
import { Graph } from '../../src-main/autograd/graph';
import { exportNetwork, inferenceModel } from '../../src-main/nets/export';
import { student } from '../../src-main/nets/student';
import { decodeModel } from '../../src-main/onnx/decode';
import { seeded } from '../../src-main/random';
import { Predictor } from '../../src-main/learn/predictor';
import { run } from '../autograd/gradient-check';

const network = student({ widths: [4, 8], blocks: [0, 1], classes: 3, dropout: 0.2 });
const size = 16;
const found = inventory(network, size);

/** Weights in which no batch norm is the identity. */
function weights() {
  const next = seeded(3);
  const drawn = initialWeights(found, next);
  for (const [name, values] of Object.entries(drawn))
    if (name.includes('.bn.')) drawn[name] = values.map(() => 0.5 + next());
  return drawn;
}

describe('export', () => {
  test('the folded model computes what the unfolded graph does', async () => {
    const values = weights();
    const graph = new Graph();
    const stored = ({ name, shape }: { name: string; shape: readonly number[] }) =>
      graph.constant(values[name]!, shape, name);
    const logits = network(
      {
        graph,
        training: false,
        parameter: stored,
        buffer: stored,
        update: () => undefined,
        random: () => graph.scalar(0),
      },
      graph.input('images', [2, 3, size, size]),
    );
    const next = seeded(5);
    const images = Float32Array.from({ length: 2 * 3 * size * size }, () => next() * 4 - 2);
    const { logits: expected } = await run({ logits }, { images: [images, [2, 3, size, size]] });
    const predictor = await Predictor.open(exportNetwork(network, size, values), size);
    const got = await predictor.logits(images);
    await predictor.release();
    expect(got.length).toBe(6);
    got.forEach((value, i) => expect(value).toBeCloseTo(expected![i]!, 4));
  });
  test('no batch norm is left, N is free', () => {
    const model = inferenceModel(network, size, weights());
    expect(model.nodes.map(({ op }) => op)).not.toContain('BatchNormalization');
    expect(model.inputs).toEqual([{ name: 'images', type: 'float32', dims: ['N', 3, size, size] }]);
    expect(model.outputs).toEqual([{ name: 'logits', type: 'float32', dims: ['N', 3] }]);
    expect(decodeModel(exportNetwork(network, size, weights())).nodes.length).toBe(model.nodes.length);
  });
  test('another network’s weights are refused by name', () => {
    const lacking = weights();
    delete lacking['head.bias'];
    expect(() => inferenceModel(network, size, lacking)).toThrow('the weights lack head.bias');
  });
  test('the student that ships has at most 400 thousand parameters', () => {
    expect(parameterCount(inventory(student(), 112))).toBeLessThanOrEqual(400_000);
  });
});
