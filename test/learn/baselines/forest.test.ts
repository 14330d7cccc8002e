/** The forest by itself: it learns what one tree cannot, is the same for the same seed, and exports to ONNX unchanged. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { argmax, softmaxRows } from '../../../src-main/learn/metrics';
import { LENGTH, SIDE } from '../../../src-main/learn/baselines/descriptor';
import { type Examples, askForest, bin, growForest } from '../../../src-main/learn/baselines/forest';
import { descriptorModel, forestModel } from '../../../src-main/learn/baselines/forest-model';
import { seeded } from '../../../src-main/random';

/** Three classes in 12 features, of which three tell, each with noise; class 2 is rare. */
function examples(count: number, seed: number): Examples {
  const random = seeded(seed);
  const labels = Array.from({ length: count }, () => (random() < 0.05 ? 2 : random() < 0.5 ? 0 : 1));
  const features = Float32Array.from(
    labels.flatMap((label) =>
      Array.from({ length: 12 }, (_, k) => (k % 4 === 0 && label === k / 4 ? 1 : 0) + 1.2 * (random() - 0.5)),
    ),
  );
  return { features, width: 12, labels, classes: 3 };
}

const options = { trees: 30, tried: 4, leaf: 2, seed: 1 };

const recall = (answers: Float32Array, { labels }: Examples, label: number): number => {
  const rows = Array.from(labels).flatMap((truth, row) => (truth === label ? [row] : []));
  return rows.filter((row) => argmax(answers, row * 3, 3) === label).length / rows.length;
};

describe('forest', () => {
  test('learns noisy features, the rare class too, and holds for samples it never saw', async () => {
    const forest = await growForest(examples(1500, 1), options);
    const unseen = examples(500, 2);
    const answers = askForest(forest, unseen.features, 12, 3);
    for (const label of [0, 1, 2]) expect(recall(answers, unseen, label)).toBeGreaterThan(0.85);
    for (let i = 0; i < 500; i++)
      expect(answers[3 * i]! + answers[3 * i + 1]! + answers[3 * i + 2]!).toBeCloseTo(1, 5);
  });
  test('is the same for the same seed, and another for another', async () => {
    const data = examples(200, 1);
    const [one, same, other] = await Promise.all(
      [1, 1, 2].map((seed) => growForest(data, { ...options, trees: 3, seed })),
    );
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });
  test('leaves hold as many samples as they must', async () => {
    const data = examples(300, 3);
    const small = await growForest(data, { ...options, trees: 4, leaf: 1 });
    const large = await growForest(data, { ...options, trees: 4, leaf: 40 });
    expect(large.flat().length).toBeLessThan(small.flat().length / 3);
  });
  test('bins part values exactly where the thresholds do', () => {
    const data = examples(400, 4);
    const { codes, edges } = bin(data);
    for (let row = 0; row < 400; row++)
      for (let feature = 0; feature < 12; feature++) {
        const value = data.features[row * 12 + feature]!;
        const below = edges[feature]!.findIndex((edge) => value < edge);
        expect(codes[feature * 400 + row]).toBe(below === -1 ? edges[feature]!.length : below);
      }
  });
  test('one value everywhere gives no split, and no error', async () => {
    const flat = {
      features: new Float32Array(40),
      width: 2,
      labels: Array.from({ length: 20 }, (_, i) => i % 3),
      classes: 3,
    };
    const [tree] = await growForest(flat, { ...options, trees: 1 });
    expect(tree).toHaveLength(1);
  });
  test('stops between two trees', async () => {
    const stop = AbortSignal.abort(new Error('stopped'));
    await expect(growForest(examples(50, 1), { ...options, signal: stop })).rejects.toThrow('stopped');
  });
});

test('as an ONNX model it answers as the trees do', async () => {
  const random = seeded(5);
  const n = 40;
  const images = Float32Array.from({ length: n * 3 * SIDE * SIDE }, () => 2 * random() - 1);
  const labels = Array.from({ length: n }, (_, i) => i % 3);
  for (let i = 0; i < n; i++)
    for (let at = 0; at < 2000; at++) images[i * 3 * SIDE * SIDE + at]! += labels[i]!;
  const run = async (model: Uint8Array, output: string) => {
    const session = await InferenceSession.create(model);
    const results = await session.run({ images: new Tensor('float32', images, [n, 3, SIDE, SIDE]) });
    await session.release();
    return results[output]!.data as Float32Array;
  };
  const features = await run(descriptorModel(), 'descriptors');
  const forest = await growForest({ features, width: LENGTH, labels, classes: 3 }, { ...options, leaf: 1 });
  const expected = askForest(forest, features, LENGTH, 3);
  const logits = await run(forestModel(forest), 'logits');
  const answers = softmaxRows(logits, 3);
  answers.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 2));
});
