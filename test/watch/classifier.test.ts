/** The live classifier on real ONNX Runtime sessions: answers, errors, choice of provider, falling back. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { MASK_CLASSES, type Probabilities, type Provider } from '../../src-main/api';
import { encodeModel } from '../../src-main/onnx/encode';
import type { ChoiceParts } from '../../src-main/watch/choice';
import { openClassifier, type Classifier, type ClassifierOptions } from '../../src-main/watch/classifier';
import type { Session } from '../../src-main/watch/engine';
import { openSession } from '../../src-main/watch/providers';
import { recovered } from '../recovery';
import { colourModel, flatCrops, randomCrops, randomModel, testCard, writeModel } from './models';

const SIZE = 32;
let folder: string;
let model: string;
const open: Classifier[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-classifier-'));
  model = await writeModel(folder, randomModel(SIZE), testCard(SIZE));
});
afterAll(async () => {
  for (const classifier of open) await classifier.close();
  await rm(folder, { recursive: true });
});

async function opened(options: Partial<ClassifierOptions> = {}): Promise<Classifier> {
  const classifier = await openClassifier({ model, provider: 'cpu', ...options });
  open.push(classifier);
  return classifier;
}

const likeliest = (p: Probabilities) => MASK_CLASSES.reduce((a, b) => (p[b] > p[a] ? b : a));

describe('classify', () => {
  it('reads colours as the card normalises them', async () => {
    const path = await writeModel(folder, colourModel(SIZE), testCard(SIZE), 'colour');
    const classifier = await opened({ model: path });
    const crops = flatCrops([[220, 90, 90], [90, 220, 90], [90, 90, 220]], SIZE); // prettier-ignore
    expect((await classifier.classify(crops, 3)).map(likeliest)).toEqual(['correct', 'incorrect', 'none']);
    // By hand: 4 × (byte / 255 − mean) / std for each channel of a grey crop, then softmax.
    const logits = [0, 1, 2].map(
      (c) => (4 * (100 / 255 - [0.485, 0.456, 0.406][c]!)) / [0.229, 0.224, 0.225][c]!,
    );
    const sum = logits.reduce((total, x) => total + Math.exp(x), 0);
    const [grey] = await classifier.classify(flatCrops([[100, 100, 100]], SIZE), 1);
    MASK_CLASSES.forEach((name, i) => expect(grey![name]).toBeCloseTo(Math.exp(logits[i]!) / sum, 5));
  });

  it("divides the logits by the card's temperature", async () => {
    const hot = await writeModel(folder, randomModel(SIZE), testCard(SIZE, { temperature: 2 }), 'hot');
    const crops = randomCrops(1, SIZE);
    const [plain] = await (await opened()).classify(crops, 1);
    const [soft] = await (await opened({ model: hot })).classify(crops, 1);
    const ratio = (p: Probabilities) => Math.log(p.correct / p.none);
    expect(ratio(soft!)).toBeCloseTo(ratio(plain!) / 2, 4);
  });

  it('gives a crop the same answer alone, in a batch and in more than one batch', async () => {
    const classifier = await opened();
    const crops = randomCrops(130, SIZE);
    const all = await classifier.classify(crops, 130);
    expect(all).toHaveLength(130);
    const bytes = SIZE * SIZE * 3;
    for (const i of [0, 63, 64, 129]) {
      const [alone] = await classifier.classify(crops.slice(i * bytes, (i + 1) * bytes), 1);
      for (const name of MASK_CLASSES) expect(alone![name]).toBeCloseTo(all[i]![name], 5);
    }
    expect(new Set(all.map((p) => p.correct.toFixed(6))).size).toBeGreaterThan(100);
  });

  it('answers calls made at once one after another, each with its own answer', async () => {
    const classifier = await opened();
    const batches = [3, 1, 0, 5, 2].map((n, i) => ({ n, crops: randomCrops(n, SIZE, i + 1) }));
    const together = await Promise.all(batches.map(({ crops, n }) => classifier.classify(crops, n)));
    for (const [i, { crops, n }] of batches.entries())
      expect(together[i]).toEqual(await classifier.classify(crops, n));
  });

  it('gives [] for no crops, and refuses too few bytes without harm to later calls', async () => {
    const classifier = await opened();
    expect(await classifier.classify(new Uint8Array(0), 0)).toEqual([]);
    await expect(classifier.classify(new Uint8Array(10), 1)).rejects.toThrow(
      '1 crops of 32×32×3 bytes need 3072, not 10',
    );
    expect(await classifier.classify(randomCrops(1, SIZE), 1)).toHaveLength(1);
  });

  it('answers calls under way when it is closed, and none after', async () => {
    const classifier = await openClassifier({ model, provider: 'cpu' });
    const underWay = classifier.classify(randomCrops(2, SIZE), 2);
    await classifier.close();
    expect(await underWay).toHaveLength(2);
    await expect(classifier.classify(randomCrops(1, SIZE), 1)).rejects.toThrow('closed');
    await classifier.close();
  });
});

describe('a model that cannot be used is one sentence naming the file', () => {
  const refused = async (path: string, message: RegExp) => {
    const error: Error = await openClassifier({ model: path, provider: 'cpu' }).then(
      () => new Error('it opened'),
      (thrown: Error) => thrown,
    );
    expect(error.message).toContain(path.replace(/\.onnx$/, ''));
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('\n');
  };

  it('no card', async () =>
    refused(await writeModel(folder, randomModel(SIZE), null, 'nocard'), /card.*nocard\.json/));
  it('no model', async () => {
    await writeFile(join(folder, 'nomodel.json'), JSON.stringify(testCard(SIZE)));
    await refused(join(folder, 'nomodel.onnx'), /cannot read .*: it is not there/);
  });
  it('truncated', async () => {
    const bytes = encodeModel(randomModel(SIZE));
    for (const share of [0, 0.3, 0.9, 0.999])
      await refused(
        await writeModel(folder, bytes.slice(0, Math.floor(bytes.length * share)), testCard(SIZE), 'cut'),
        /damaged|does not fit/,
      );
  });
  it('garbage', async () =>
    refused(await writeModel(folder, randomCrops(1, 64), testCard(SIZE), 'garbage'), /damaged/));
  it('another input size than the card says', async () =>
    refused(
      await writeModel(folder, randomModel(48), testCard(SIZE), 'size'),
      /input is float32 \[N, 3, 48, 48\], not float32 \[N, 3, 32, 32\]/,
    ));
  it('another number of classes', async () =>
    refused(
      await writeModel(folder, randomModel(SIZE, [8], 1, 4), testCard(SIZE), 'classes'),
      /output is float32 \[N, 4\], not float32 \[N, 3\]/,
    ));
  it('a batch that is not free', async () => {
    const fixed = randomModel(SIZE);
    fixed.inputs[0]!.dims[0] = 1;
    await refused(
      await writeModel(folder, fixed, testCard(SIZE), 'fixed'),
      /input is float32 \[1, 3, 32, 32\]/,
    );
  });
  it('answers that are no numbers', async () => {
    const path = await writeModel(folder, colourModel(SIZE, 1e39), testCard(SIZE), 'infinite');
    const classifier = await opened({ model: path });
    await expect(classifier.classify(randomCrops(1, SIZE), 1)).rejects.toThrow('not a number');
  });
});

type Opening = (bytes: Uint8Array) => Promise<Session>;

/** `webgpu` stands for a second provider: whatever is opened under its name is a real session of ONNX Runtime. */
const withSecond = (second: Opening, cpu: Opening = (bytes) => openSession(bytes, 'cpu')): ChoiceParts => ({
  candidates: () => ['cpu', 'webgpu'],
  openSession: (bytes: Uint8Array, provider: Provider) => (provider === 'cpu' ? cpu(bytes) : second(bytes)),
});

/** A session that does its work `times` times over. */
async function slowSession(bytes: Uint8Array, times = 40): Promise<Session> {
  const session = await openSession(bytes, 'cpu');
  const run = async (feeds: Parameters<Session['run']>[0]) => {
    for (let i = 1; i < times; i++) await session.run(feeds);
    return session.run(feeds);
  };
  return Object.assign(Object.create(session) as Session, { run });
}

describe('choosing a provider', () => {
  it('takes the fastest and says by what figures', async () => {
    const slow = await opened({ provider: 'auto', parts: withSecond((bytes) => slowSession(bytes)) });
    expect(slow.provider).toMatchObject({ name: 'cpu', fellBack: false });
    expect(slow.provider.reason).toMatch(/^fastest of cpu \d+, webgpu \d+ crops\/s$/);
    const fast = await opened({
      provider: 'auto',
      parts: withSecond(
        (bytes) => openSession(bytes, 'cpu'),
        (bytes) => slowSession(bytes),
      ),
    });
    expect(fast.provider.name).toBe('webgpu');
    expect(await fast.classify(randomCrops(5, SIZE), 5)).toEqual(
      await slow.classify(randomCrops(5, SIZE), 5),
    );
  });

  it('refuses one whose answers are not those of CPU, however fast', async () => {
    const other = encodeModel(randomModel(SIZE, [8, 16], 8));
    const parts = withSecond(
      () => openSession(other, 'cpu'),
      (bytes) => slowSession(bytes),
    );
    const classifier = await opened({ provider: 'auto', parts });
    expect(classifier.provider.name).toBe('cpu');
    expect(classifier.provider.reason).toMatch(
      /the only one that runs here.*webgpu.*differ from cpu's by 0\.\d+/,
    );
    await expect(openClassifier({ model, provider: 'webgpu', parts })).rejects.toThrow(
      /webgpu cannot be used here.*differ/,
    );
  });

  it('goes on with CPU when another does not load, and says why', async () => {
    const parts = withSecond(() => Promise.reject(new Error('no adapter')));
    const classifier = await opened({ provider: 'auto', parts });
    expect(classifier.provider.reason).toMatch(
      /the only one that runs here, cpu \d+ crops\/s; webgpu .*no adapter/,
    );
  });

  it('fails in a sentence when the one asked for is not on this machine', async () => {
    const absent = process.platform === 'darwin' ? 'dml' : 'coreml';
    await expect(openClassifier({ model, provider: absent })).rejects.toThrow(
      /^the provider (dml|coreml) cannot be used here: it is not on this machine\. It needs .*; auto and cpu always work$/,
    );
  });
});

describe('a provider that fails while running', () => {
  it('is replaced by CPU within the same call, once, and the reason is told', async () => {
    let session: Session | undefined;
    const told: string[] = [];
    const classifier = await opened({
      provider: 'webgpu',
      parts: withSecond(async (bytes) => (session = await openSession(bytes, 'cpu'))),
      onFallback: (reason) => told.push(reason),
    });
    const crops = randomCrops(4, SIZE);
    const before = await classifier.classify(crops, 4);
    await session!.release(); // Gone under it, as when a GPU is lost: its next run throws.
    const lost = performance.now();
    const [during, after] = await Promise.all([classifier.classify(crops, 4), classifier.classify(crops, 4)]);
    recovered('provider lost, until both calls under way are answered', lost);
    expect(during).toEqual(before);
    expect(after).toEqual(before);
    expect(told).toEqual([
      expect.stringMatching(/^webgpu failed while running \(.*disposed.*\); cpu took over$/),
    ]);
    expect(classifier.provider).toEqual({ name: 'cpu', reason: told[0], fellBack: true });
  });

  it('is tried again when its rest is over, and rests longer when it fails again', async () => {
    let works = true;
    let rest = 10;
    const sessions: Session[] = [];
    const parts = withSecond(async (bytes) => {
      if (!works) throw new Error('no adapter');
      const session = await openSession(bytes, 'cpu');
      sessions.push(session);
      return session;
    });
    const failures: string[] = [];
    const memory = {
      failed: (provider: string) => {
        failures.push(provider);
        if (failures.length === 3) works = true;
        return rest;
      },
      restOf: () => 0,
    };
    const onRecovery = vi.fn();
    const classifier = await opened({ provider: 'webgpu', parts, memory, onRecovery });
    const crops = randomCrops(4, SIZE);
    const before = await classifier.classify(crops, 4);
    works = false;
    await sessions[0]!.release();
    expect(await classifier.classify(crops, 4)).toEqual(before);
    // Two tries find no adapter; after the third failure it is there again.
    await vi.waitFor(() => {
      expect(onRecovery).toHaveBeenCalledExactlyOnceWith('webgpu works again');
    });
    expect(failures).toEqual(['webgpu', 'webgpu', 'webgpu']);
    expect(classifier.provider).toMatchObject({ name: 'webgpu', fellBack: false });
    expect(await classifier.classify(crops, 4)).toEqual(before);
    // What is to rest at the start is not opened, asked for or not.
    rest = 3_600_000;
    for (const provider of ['webgpu', 'auto'] as const) {
      const resting = await opened({ provider, parts, memory: { ...memory, restOf: () => rest } });
      expect(resting.provider.name).toBe('cpu');
      if (provider === 'webgpu')
        expect(resting.provider.reason).toMatch(/failed again and again; .* in 60 min/);
    }
    expect(sessions).toHaveLength(2);
  });

  it('is replaced when it begins to answer with what is no number', async () => {
    let broken = false;
    const parts = withSecond(async (bytes) => {
      const session = await openSession(bytes, 'cpu');
      const run = async (feeds: Parameters<Session['run']>[0]) => {
        const results = await session.run(feeds);
        if (broken) (results['logits']!.data as Float32Array).fill(NaN);
        return results;
      };
      return Object.assign(Object.create(session) as Session, { run });
    });
    const classifier = await opened({ provider: 'webgpu', parts });
    const before = await classifier.classify(randomCrops(2, SIZE), 2);
    broken = true;
    const began = performance.now();
    expect(await classifier.classify(randomCrops(2, SIZE), 2)).toEqual(before);
    recovered('provider answers NaN, until the call is answered', began);
    expect(classifier.provider).toMatchObject({ name: 'cpu', fellBack: true });
  });

  it('is no matter of wrong calls: those fail and change nothing', async () => {
    const classifier = await opened({
      provider: 'webgpu',
      parts: withSecond((bytes) => openSession(bytes, 'cpu')),
    });
    await expect(classifier.classify(new Uint8Array(1), 1)).rejects.toThrow('bytes');
    expect(classifier.provider.fellBack).toBe(false);
  });
});
