/** Each method against its paper's formula, computed plainly in double precision. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Graph } from '../../../src-main/autograd/graph';
import { combine, METHODS, readMethod } from '../../../src-main/learn/distil/methods';
import { distilled } from '../../../src-main/learn/distil/objective';
import { oneHot } from '../../../src-main/learn/objective';
import { seeded } from '../../../src-main/random';
import { run } from '../../autograd/gradient-check';

const [batch, classes] = [5, 3];
const rows = (values: ArrayLike<number>) =>
  Array.from({ length: batch }, (_, i) =>
    Array.from({ length: classes }, (_, c) => values[i * classes + c]!),
  );
const softmax = (row: number[], T = 1) => {
  const powers = row.map((z) => Math.exp((z - Math.max(...row)) / T));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((p) => p / sum);
};
const mean = (values: number[]) => values.reduce((a, b) => a + b) / values.length;
const crossEntropy = (p: number[], q: number[]) => -p.reduce((sum, x, i) => sum + x * Math.log(q[i]!), 0);
const kl = (p: number[], q: number[]) =>
  p.reduce((sum, x, i) => (x === 0 ? sum : sum + x * Math.log(x / q[i]!)), 0);

/** A batch's loss under a recipe, by ONNX Runtime. */
async function lossOf(
  methods: string[],
  student: Float32Array,
  teacher: Float32Array,
  targets: Float32Array,
) {
  const graph = new Graph();
  const shape = [batch, classes];
  const loss = combine(methods.map(readMethod)).loss({
    student: graph.input('student', shape),
    teacher: graph.input('teacher', shape),
    targets: graph.input('targets', shape),
    weights: graph.constant([1, 1, 1, 1, 1], [batch]),
  });
  const feeds = { student, teacher, targets };
  return (
    await run(
      { loss },
      Object.fromEntries(
        Object.entries(feeds).map(([name, values]) => [name, [values, shape] as const]),
      ) as never,
    )
  )['loss']![0]!;
}

const logits = fc
  .array(fc.double({ min: -6, max: 6, noNaN: true }), {
    minLength: batch * classes,
    maxLength: batch * classes,
  })
  .map((values) => Float32Array.from(values));
const labels = oneHot([0, 1, 2, 1, 0], classes);
const over = (check: (student: Float32Array, teacher: Float32Array) => Promise<void>) =>
  fc.assert(fc.asyncProperty(logits, logits, check), { numRuns: 8, seed: 3 });

describe('losses', () => {
  test('vanilla is (1 − w)·CE + w·T²·KL', () =>
    over(async (s, t) => {
      const [T, w] = [4, 0.9];
      const expected = rows(s).map(
        (z, i) =>
          (1 - w) * crossEntropy(rows(labels)[i]!, softmax(z)) +
          w * T * T * kl(softmax(rows(t)[i]!, T), softmax(z, T)),
      );
      expect(await lossOf(['vanilla'], s, t, labels)).toBeCloseTo(mean(expected), 3);
    }));
  test('patient minds the teacher alone', () =>
    over(async (s, t) => {
      const expected = rows(s).map((z, i) => kl(softmax(rows(t)[i]!), softmax(z)));
      expect(await lossOf(['patient'], s, t, new Float32Array(15))).toBeCloseTo(mean(expected), 3);
    }));
  test('decoupled weighs the label against the rest, and the rest among itself', () =>
    over(async (s, t) => {
      const [T, beta] = [4, 4];
      const expected = rows(s).map((z, i) => {
        const label = rows(labels)[i]!.indexOf(1);
        const split = (row: number[]) => {
          const p = softmax(row, T);
          const rest = softmax(
            row.filter((_, c) => c !== label),
            T,
          );
          return { two: [p[label]!, 1 - p[label]!], rest };
        };
        const [a, b] = [split(rows(t)[i]!), split(z)];
        const follow = kl(a.two, b.two) + beta * kl(a.rest, b.rest);
        return crossEntropy(rows(labels)[i]!, softmax(z)) + T * T * follow;
      });
      expect(await lossOf(['decoupled'], s, t, labels)).toBeCloseTo(mean(expected), 2);
    }));
  test('a virtual teacher at T = 1 and w = 1 teaches what label smoothing teaches, but for a constant', () =>
    over(async (s, other) => {
      const [sure, recipe] = [0.9, combine(['virtual-teacher:sure=0.9', 'vanilla:T=1,w=1'].map(readMethod))];
      const teacher = new Float32Array(15);
      for (const piece of recipe.pieces)
        piece.teacher?.({ values: teacher, targets: labels, classes, random: Math.random });
      const smoothed = (z: Float32Array) =>
        mean(
          rows(z).map((row, i) =>
            crossEntropy(
              rows(labels)[i]!.map((y) => (1 - sure) / 2 + (sure - (1 - sure) / 2) * y),
              softmax(row),
            ),
          ),
        );
      const taught = (z: Float32Array) => lossOf(['vanilla:T=1,w=1'], z, teacher, labels);
      expect((await taught(s)) - (await taught(other))).toBeCloseTo(smoothed(s) - smoothed(other), 3);
    }));
});

describe('pieces', () => {
  test('messy flips the share it is told, each to another class, and none at 0', () => {
    const many = oneHot(
      Array.from({ length: 3000 }, (_, i) => i % 3),
      3,
    );
    const flipped = (fraction: number) => {
      const values = many.slice();
      readMethod(`messy:fraction=${fraction}`).labels!({ values, classes, random: seeded(5) });
      expect(values.every((x) => x === 0 || x === 1)).toBe(true);
      return many.reduce((sum, y, i) => sum + (y === 1 && values[i] === 0 ? 1 : 0), 0) / 3000;
    };
    expect(flipped(0)).toBe(0);
    expect(flipped(0.3)).toBeCloseTo(0.3, 1);
    expect(flipped(1)).toBe(1);
  });
  test('a noisy teacher scales whole rows, about as many as it is told', () => {
    const values = new Float32Array(6000).map((_, i) => 1 + (i % 3));
    readMethod('noisy-teacher:alpha=0.4,sigma=0.5').teacher!({
      values,
      targets: new Float32Array(6000),
      classes,
      random: seeded(6),
    });
    const factors = Array.from({ length: 2000 }, (_, i) => values[3 * i]!);
    factors.forEach((factor, i) => expect(values[3 * i + 2]).toBeCloseTo(3 * factor, 4));
    const changed = factors.filter((factor) => factor !== 1);
    expect(changed.length / 2000).toBeCloseTo(0.4, 1);
    const deviation = Math.sqrt(mean(changed.map((factor) => (factor - 1) ** 2)));
    expect(deviation).toBeCloseTo(0.5, 1);
  });
  test('the teacher sees the views the student sees, blended ones too', async () => {
    const seen: Float32Array[] = [];
    const { feeds } = distilled({
      batch: 2,
      classes,
      recipe: combine([readMethod('patient')]),
      teacher: {
        logits: (images) => Promise.resolve((seen.push(images.slice()), new Float32Array(6))),
        release: () => Promise.resolve(),
      },
    });
    const images = Float32Array.of(1, 1, 1, 0, 0, 0);
    await feeds({ images, labels: [0, 2] }, seeded(1));
    expect(seen[0]).toEqual(images);
    expect(images[0]).not.toBe(1);
  });
});

describe('what is asked for wrongly is named', () => {
  test.each([
    ['nonsense', 'there is no method nonsense; known are vanilla, patient'],
    ['vanilla:T=0', 'vanilla: T must be a number from 0.01 to 100, not 0'],
    ['vanilla:T', 'T must be a number from 0.01 to 100, not nothing'],
    ['vanilla:x=1', 'vanilla has no setting x; it has T, w'],
  ])('%s', (text, message) => expect(() => readMethod(text)).toThrow(message));
  test('two losses', () =>
    expect(() => combine(['vanilla', 'patient'].map(readMethod))).toThrow(
      'vanilla and patient each say the loss',
    ));
  test('no teacher', () =>
    expect(() => distilled({ batch, classes, recipe: combine([]) })).toThrow('needs a teacher'));
  test('a teacher of other classes', async () => {
    const { feeds } = distilled({
      batch,
      classes,
      recipe: combine([]),
      teacher: { logits: () => Promise.resolve(new Float32Array(10)), release: () => Promise.resolve() },
    });
    await expect(feeds({ images: new Float32Array(5), labels: [0, 1, 2, 0, 1] }, seeded(1))).rejects.toThrow(
      'the teacher tells 2 classes apart, the student 3',
    );
  });
  test('every method says what its settings mean and keeps its defaults within their ranges', () => {
    for (const { name, about, settings } of METHODS) {
      expect(about).toMatch(/\d{4}\)$/);
      for (const { value, from, to, about: meaning } of Object.values(settings)) {
        expect(meaning).not.toBe('');
        expect(value).toBeGreaterThanOrEqual(from);
        expect(value).toBeLessThanOrEqual(to);
      }
      expect(readMethod(name).name).toBe(name);
    }
  });
});
