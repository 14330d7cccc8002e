import { afterAll, beforeAll, expect, test } from 'vitest';
import { mirrored } from '../../src-main/nets/both-ways';
import { judge } from '../../src-main/watch/both-ways';
import { type Classifier, openClassifier } from '../../src-main/watch/classifier';

let classifier: Classifier;
beforeAll(async () => {
  classifier = await openClassifier({ model: 'models/student.onnx', provider: 'cpu' });
});
afterAll(() => classifier.close());

const crops = (n: number): Uint8Array => {
  const { size } = classifier.card.input;
  return Uint8Array.from({ length: n * size * size * 3 }, (_, i) => (i * i) % 241);
};

test('a face and its mirror image are judged alike, and each by its own picture', async () => {
  const { size } = classifier.card.input;
  const straight = crops(3);
  const [said, turned] = [
    await judge(classifier, straight, 3),
    await judge(classifier, mirrored(straight, size, 3), 3),
  ];
  for (const [i, probabilities] of said.entries())
    for (const name of ['correct', 'incorrect', 'none'] as const)
      expect(turned[i]![name]).toBeCloseTo(probabilities[name], 5);
  expect(said[0]).not.toEqual(said[1]);
});

test('the answer is that of the mean of both answers’ logits', async () => {
  const { size } = classifier.card.input;
  const one = crops(1);
  const [a] = await classifier.classify(one, 1);
  const [b] = await classifier.classify(mirrored(one, size, 3), 1);
  const [both] = await judge(classifier, one, 1);
  const odds = (p: typeof a) => Math.log(p!.correct / p!.none);
  expect(odds(both)).toBeCloseTo((odds(a) + odds(b)) / 2, 4);
  expect(both!.correct + both!.incorrect + both!.none).toBeCloseTo(1, 6);
});

test('no crops are no answers, and too few bytes are said to be', async () => {
  expect(await judge(classifier, new Uint8Array(0), 0)).toEqual([]);
  await expect(judge(classifier, crops(1), 2)).rejects.toThrow('crops of');
});
