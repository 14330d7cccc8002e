/** Which student watches, and in which form: several beside one another, real networks, one of them made slow. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelCard } from '../../src-main/api';
import { spansOf } from '../../src-main/learn/calibrate';
import { eightBitPath } from '../../src-main/nets/card';
import { encodeModel } from '../../src-main/onnx/encode';
import type { Model } from '../../src-main/onnx/model';
import { quantise } from '../../src-main/onnx/quantise';
import { seeded } from '../../src-main/random';
import type { ChoiceParts } from '../../src-main/watch/choice';
import { openClassifier, type Classifier, type ClassifierOptions } from '../../src-main/watch/classifier';
import type { Session } from '../../src-main/watch/engine';
import { openSession } from '../../src-main/watch/providers';
import { difference } from '../../src-main/watch/self-test';
import { NEEDED_RATE, studentsBeside } from '../../src-main/watch/students';
import { colourModel, randomCrops, randomModel, testCard, writeModel } from './models';

const SIZE = 32;
let folder: string;
const open: Classifier[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-students-'));
});
afterAll(async () => {
  for (const classifier of open) await classifier.close();
  await rm(folder, { recursive: true });
});

async function opened(options: Partial<ClassifierOptions> & { model: string }): Promise<Classifier> {
  const classifier = await openClassifier({ provider: 'cpu', ...options });
  open.push(classifier);
  return classifier;
}

/** Real sessions on CPU; of the files named, each batch takes `milliseconds`, far too long for a camera. */
async function withSlow(slow: string[], milliseconds = 30): Promise<ChoiceParts> {
  const files = await Promise.all(slow.map((path) => readFile(path)));
  return {
    candidates: () => ['cpu'],
    openSession: async (bytes) => {
      const session = await openSession(bytes, 'cpu');
      if (!files.some((file) => file.equals(bytes))) return session;
      const run = async (feeds: Parameters<Session['run']>[0]) => {
        const end = performance.now() + milliseconds;
        while (performance.now() < end) await session.run(feeds);
        return session.run(feeds);
      };
      return Object.assign(Object.create(session) as Session, { run });
    },
  };
}

const measured = (balancedAccuracy: number): Partial<ModelCard> => ({
  metrics: [
    {
      ...{ set: 'all', split: 'test', n: 100, accuracy: balancedAccuracy, balancedAccuracy },
      ...{ confusion: { labels: [], matrix: [] }, perClass: {}, ece: 0.01 },
    },
  ],
});

describe('several students', () => {
  let small: string;
  let large: string;
  beforeAll(async () => {
    const card = (name: string, size: number, accuracy: number) =>
      testCard(size, { name, ...measured(accuracy) });
    small = await writeModel(folder, colourModel(SIZE), card('small', SIZE, 0.93), 'student');
    large = await writeModel(folder, colourModel(48), card('large', 48, 0.97), 'student-large');
  });
  const choose = async (slow: string[]) =>
    opened({ model: small, others: [large], parts: await withSlow(slow) });

  it('the most accurate is taken where it keeps up, and that is said', async () => {
    const classifier = await choose([]);
    expect(classifier.card).toMatchObject({ name: 'large', input: { size: 48 } });
    expect(classifier.why).toMatch(/^student-large \(97\.0 % on test pictures\) keeps up with \d+ crops\/s$/);
    expect(await classifier.classify(randomCrops(2, 48), 2)).toHaveLength(2);
  });

  it('one that does not keep up makes room for the next', async () => {
    const classifier = await choose([large]);
    expect(classifier.card.name).toBe('small');
    expect(classifier.why).toMatch(
      /^student \(93\.0 % on test pictures\) keeps up .*; student-large \(97\.0 %\) does not: \d+ of 720 crops\/s$/,
    );
    expect(NEEDED_RATE).toBe(720);
  });

  it('where none keeps up the fastest is taken', async () => {
    const slower = await withSlow([large], 60);
    const slow = await withSlow([small], 30);
    const parts: ChoiceParts = {
      ...slow,
      openSession: async (bytes, provider) =>
        (await readFile(large)).equals(bytes)
          ? slower.openSession(bytes, provider)
          : slow.openSession(bytes, provider),
    };
    const classifier = await opened({ model: small, others: [large], parts });
    expect(classifier.card.name).toBe('small');
    expect(classifier.why).toMatch(/^student is the fastest, and none keeps up here; student-large/);
  });

  it('one that is damaged, or without a card, is left out and named', async () => {
    const bytes = await readFile(large);
    const cut = await writeModel(folder, bytes.subarray(0, 40), testCard(48, measured(0.99)), 'student-cut');
    const bare = await writeModel(folder, bytes, null, 'student-bare');
    const classifier = await opened({
      ...{ model: small, others: [cut, bare], parts: await withSlow([]) },
    });
    expect(classifier.card.name).toBe('small');
    expect(classifier.why).toMatch(/card .*student-bare\.json.*; .*student-cut\.onnx .*damaged/);
    await expect(openClassifier({ model: cut, others: [bare], provider: 'cpu' })).rejects.toThrow(/student-/);
    await Promise.all(
      [cut, bare].flatMap((path) => [rm(path), rm(path.replace('.onnx', '.json'), { force: true })]),
    );
  });

  it('are those beside the one that ships, without eight-bit forms and strangers', async () => {
    for (const name of ['student.int8', 'student-large.int8', 'other', 'students'])
      await writeFile(join(folder, `${name}.onnx`), '');
    expect(await studentsBeside(small)).toEqual([large]);
    expect(await studentsBeside(join(folder, 'nowhere', 'student.onnx'))).toEqual([]);
    for (const name of ['student.int8', 'student-large.int8']) await rm(join(folder, `${name}.onnx`));
  });
});

describe('a model with an eight-bit form beside it', () => {
  let float: string;
  let form: string;
  let bytes: Uint8Array;

  /** A small network whose activations eight bits can clamp. */
  const network = (seed: number): Model => {
    const model = randomModel(SIZE, [8, 16], seed);
    const nodes = model.nodes.map((node) =>
      node.op === 'LeakyRelu' ? { ...node, attributes: { alpha: { f: 0.01 } } } : node,
    );
    return { ...model, nodes };
  };
  const { mean, std } = testCard(SIZE).input;
  async function inEightBits(model: Model): Promise<Uint8Array> {
    const next = seeded(3);
    const images = Float32Array.from({ length: 8 * 3 * SIZE * SIZE }, () => 4 * (next() - 0.5));
    const batches = (async function* () {
      yield await Promise.resolve({ images });
    })();
    return encodeModel(
      quantise(model, { spans: await spansOf(model, batches, SIZE), size: SIZE, mean, std }),
    );
  }
  async function writeForm(content: Uint8Array, of = float): Promise<void> {
    const fromHash = createHash('sha256')
      .update(await readFile(of))
      .digest('hex');
    const eightBit = { from: 'eight.onnx', fromHash, calibratedOn: 8, lost: 0, speedup: 2 };
    const card = testCard(SIZE, { name: 'test in eight bits', eightBit });
    await writeModel(folder, content, card, 'eight.int8');
  }

  beforeAll(async () => {
    float = await writeModel(folder, network(7), testCard(SIZE), 'eight');
    form = eightBitPath(float);
    bytes = await inEightBits(network(7));
    await writeForm(bytes);
  });

  it('runs in it where that is faster, and says so', async () => {
    const parts = await withSlow([float]);
    for (const provider of ['auto', 'cpu'] as const) {
      const classifier = await opened({ model: float, provider, eightBit: true, parts });
      expect(classifier.card.name).toBe('test in eight bits');
      expect(classifier.provider.name).toBe('cpu');
      expect(classifier.provider.reason).toMatch(/fastest of cpu \d+, cpu in eight bits \d+ crops\/s$/);
    }
    const plain = await opened({ model: float });
    const crops = randomCrops(6, SIZE);
    expect(difference(await open.at(-2)!.classify(crops, 6), await plain.classify(crops, 6))).toBeLessThan(
      0.2,
    );
  });

  it('runs in float where that is faster, and where nobody asked for another form', async () => {
    const parts = await withSlow([form]);
    expect((await opened({ model: float, eightBit: true, parts })).card.name).toBe('test');
    const exact = await opened({ model: float, parts: await withSlow([float]) });
    expect(exact.card.name).toBe('test');
    expect(exact.why).toBeNull();
  });

  it('runs in float where the form answers otherwise, is of another model, or is damaged', async () => {
    const parts = await withSlow([float]);
    const reason = async () => {
      const classifier = await opened({ model: float, eightBit: true, parts });
      expect(classifier.card.name).toBe('test');
      expect(await classifier.classify(randomCrops(1, SIZE), 1)).toHaveLength(1);
      return classifier.provider.reason;
    };
    await writeForm(await inEightBits(network(8)));
    expect(await reason()).toMatch(/eight bits does not run here: its answers differ from the float model's/);
    const other = await writeModel(folder, network(9), testCard(SIZE), 'another');
    await writeForm(bytes, other);
    expect(await reason()).toMatch(/eight\.int8\.onnx was made from another eight\.onnx/);
    await writeForm(bytes.subarray(0, 100));
    expect(await reason()).toMatch(/cpu in eight bits does not run here/);
    await writeForm(bytes);
  });

  it('goes on in float when its eight-bit form fails while running', async () => {
    const parts = await withSlow([float]);
    let broken: Session | null = null;
    const told: string[] = [];
    const classifier = await opened({
      ...{ model: float, eightBit: true, onFallback: (reason: string) => told.push(reason) },
      parts: {
        ...parts,
        openSession: async (model, provider) => (broken = await parts.openSession(model, provider)),
      },
    });
    await broken!.release();
    expect(await classifier.classify(randomCrops(3, SIZE), 3)).toHaveLength(3);
    expect(classifier.card.name).toBe('test');
    expect(told).toEqual([
      expect.stringMatching(/^cpu in eight bits failed while running .*; cpu took over$/),
    ]);
  });
});
