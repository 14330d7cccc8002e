/** The family of students: how a spec is read, what it builds, and what building it costs. */
import { describe, expect, test } from 'vitest';
import { initialWeights, inventory, parameterCount } from '../../src-main/autograd/scope';
import { Predictor } from '../../src-main/learn/predictor';
import { architectureOf, namedArchitecture } from '../../src-main/nets';
import { exportNetwork, inferenceModel } from '../../src-main/nets/export';
import { densenet121 } from '../../src-main/nets/densenet';
import { mobilenetV2 } from '../../src-main/nets/mobilenet-v2';
import { squeezenet11 } from '../../src-main/nets/squeezenet';
import { STUDENT, readStudentSpec } from '../../src-main/nets/student';
import { multiplyAdds } from '../../src-main/onnx/cost';
import { seeded } from '../../src-main/random';

const built = (name: string) => {
  const { network, size } = namedArchitecture(name);
  const needs = inventory(network, size);
  return { size, needs, parameters: parameterCount(needs), network };
};

describe('a spec', () => {
  test('names the student itself', () => {
    const spec = readStudentSpec('student-16x0-32x1-64x1-96x1@112');
    expect(spec?.options).toMatchObject({ ...STUDENT, stem: 3 });
    const [named, spelled] = [built('student'), built('student-16x0-32x1-64x1-96x1')];
    expect(spelled.parameters).toBe(named.parameters);
    expect(spelled.needs).toEqual(named.needs);
    expect(namedArchitecture('student-16x0-32x1-64x1-96x1').description).toBe(
      namedArchitecture('student').description,
    );
  });
  test('gives stem and size', () => {
    expect(readStudentSpec('student-p5-8x0-16x2@96')).toEqual({
      options: { ...STUDENT, stem: 5, widths: [8, 16], blocks: [0, 2] },
      size: 96,
    });
    expect(readStudentSpec('faceres')).toBeNull();
  });
  test.each([
    ['student-16', 'is not a student'],
    ['student-p6-16x0', 'is not a student'],
    ['student-16x0@', 'is not a student'],
    ['student-2x0', 'a width must be 4 to 512, not 2'],
    ['student-16x9', 'at most 8 blocks, not 9'],
    ['student-16x0@160', '64 to 128 pixels, not 160'],
    ['student-p4-16x0@98', 'a size that 4 divides, not 98'],
    ['student-8x0-8x0-8x0-8x0-8x0-8x0-8x0', 'more than 6 stages'],
  ])('%s is refused: %s', async (name, reason) => {
    await expect(architectureOf(name)).rejects.toThrow(reason);
  });
});

describe('what it builds', () => {
  test.each(['student-8x0-16x1@64', 'student-p4-8x0-16x1@64', 'student-p5-8x1@68'])(
    '%s runs',
    async (name) => {
      const { network, needs, size } = built(name);
      const predictor = await Predictor.open(
        exportNetwork(network, size, initialWeights(needs, seeded(1))),
        size,
      );
      const logits = await predictor.logits(Float32Array.from({ length: 2 * 3 * size * size }, seeded(2)));
      await predictor.release();
      expect(logits).toHaveLength(6);
      expect([...logits].every(Number.isFinite)).toBe(true);
    },
  );
  test('multiply-adds are those of its layers, counted by hand', () => {
    const cost = (name: string) => {
      const { network, needs, size } = built(name);
      return multiplyAdds(inferenceModel(network, size, initialWeights(needs, seeded(1))), size);
    };
    expect(cost('student-8x0-16x1@64')).toBe(32 ** 2 * 8 * 27 + 16 ** 2 * 16 * (72 + 2 * 144) + 16 * 3);
    expect(cost('student-p4-8x0@64')).toBe(16 ** 2 * 8 * 48 + 8 * 3);
    expect(cost('student-p5-8x0@64')).toBe(16 ** 2 * 8 * 75 + 8 * 3);
  });
});

describe('multiply-adds as published, in 10⁹, at 224 pixels and 1000 classes', () => {
  test.each([
    ['MobileNetV2', mobilenetV2, 0.301],
    ['SqueezeNet 1.1', squeezenet11, 0.349],
    ['DenseNet-121', densenet121, 2.834],
  ])('%s', (_, network, billions) => {
    const needs = inventory(network(1000), 224);
    const model = inferenceModel(network(1000), 224, initialWeights(needs, seeded(1)));
    expect(multiplyAdds(model, 224)! / 1e9).toBeCloseTo(billions, 2);
  });
});
