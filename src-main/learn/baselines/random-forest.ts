/**
 * The article's random forest: descriptors of views of the training pictures, a forest whose settings are chosen on the
 * validation pictures, and the same files in the run's folder as a network leaves.
 */
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { MASK_CLASSES } from '../../api';
import { IMAGENET } from '../../data/augment';
import type { Sample } from '../../data/folders';
import { Loader } from '../../data/loader';
import { seeded } from '../../random';
import { writeAtomic } from '../../files';
import { measure } from '../measure';
import { metricsOf } from '../metrics';
import { Predictor } from '../predictor';
import { thisHost, trainingFacts, writeFacts } from '../run-facts';
import { type Data, openData, predictAll } from '../sets';
import type { TrainResult } from '../train-options';
import type { BaselineOptions } from './baseline';
import { LENGTH, SIDE } from './descriptor';
import { type Examples, type Tree, askForest, bin, growForest } from './forest';
import { descriptorModel, forestModel } from './forest-model';

/** Views of each training picture: as it is, and augmented as networks are shown it (grey, mirrored, darker, at a distance). */
const VIEWS = 4;
/** Trees while choosing, and in the end. */
const TREES = { tried: 50, final: 200 };
/** What is chosen from: features drawn for a split (the first is √LENGTH), and fewest samples in a leaf. */
const CHOICES = [26, 80].flatMap((tried) => [1, 4].map((leaf) => ({ tried, leaf })));

const CLASSES = MASK_CLASSES.length;

/** @throws Error naming the folder or picture that cannot be read; the signal's reason when it was stopped */
export async function trainForest(options: BaselineOptions): Promise<TrainResult> {
  const { report, out, command, threads } = options;
  await mkdir(out, { recursive: true });
  const data = await openData(options);
  const training = drawn(data.train, options);
  report.text(
    `${training.length} images to grow from, ${data.val.length} to choose by, ${data.test.length} to test`,
  );
  const loader = new Loader({
    size: SIDE,
    batch: 64,
    workers: options.workers,
    seed: options.seed,
    normalisation: IMAGENET,
    cache: 0,
  });
  try {
    const start = performance.now();
    const examples = await describeAll(training, loader, threads, VIEWS);
    const seconds = (performance.now() - start) / 1000;
    const { trees, seconds: growing } = await chooseForest(examples, data, loader, options);

    const model = join(out, 'random-forest.onnx');
    await writeAtomic(model, forestModel(trees));
    const card = await judge(model, trees, { ...data, train: training }, loader, options);
    await writeFacts(out, {
      version: 1,
      network: 'random-forest',
      model: basename(model),
      command,
      finished: true,
      parameters: card.parameters,
      size: SIDE,
      training: trainingFacts(VIEWS * training.length, seconds + growing),
      host: thisHost(1, 'javascript'),
    });
    return { model, card, history: [], finished: true };
  } finally {
    await loader.close();
  }
}

/** As many of the samples as were asked for, drawn by the seed; all where none were. */
function drawn(samples: Sample[], { images, seed }: BaselineOptions): Sample[] {
  if (images === 0 || images >= samples.length) return samples;
  const random = seeded(seed);
  const keyed = samples.map((sample) => ({ sample, key: random() })).sort((a, b) => a.key - b.key);
  return keyed.slice(0, images).map(({ sample }) => sample);
}

/** Descriptors and labels of samples: of their plain views, then of as many augmented ones as make up `views`. */
async function describeAll(
  samples: readonly Sample[],
  loader: Loader,
  threads: number,
  views = 1,
): Promise<Examples> {
  const descriptor = await Predictor.open(descriptorModel(), SIDE, threads);
  const features = new Float32Array(views * samples.length * LENGTH);
  const labels: number[] = [];
  try {
    for (let view = 0; view < views; view++)
      for await (const batch of view === 0 ? loader.plain(samples) : loader.epoch(samples, view)) {
        features.set(await descriptor.logits(batch.images), labels.length * LENGTH);
        labels.push(...batch.labels);
      }
  } finally {
    await descriptor.release();
  }
  return { features, width: LENGTH, labels, classes: CLASSES };
}

/** The forest whose settings do best on the validation pictures, and how long growing it took. */
async function chooseForest(
  examples: Examples,
  data: Data,
  loader: Loader,
  { seed, signal, threads, report }: BaselineOptions,
): Promise<{ trees: Tree[]; seconds: number }> {
  const validation = await describeAll(data.val, loader, threads);
  const binned = bin(examples);
  const grow = (trees: number, choice: (typeof CHOICES)[number]) =>
    growForest(examples, { ...choice, trees, seed, signal }, binned);
  let best: { choice: (typeof CHOICES)[number]; score: number } | undefined;
  for (const choice of CHOICES) {
    const forest = await grow(TREES.tried, choice);
    const answers = askForest(forest, validation.features, LENGTH, CLASSES);
    const score = metricsOf(answers, validation.labels).balancedAccuracy;
    report.text(
      `${choice.tried} features a split, leaves of ${choice.leaf}: ` +
        `balanced accuracy ${(100 * score).toFixed(1)} % in validation`,
    );
    if (!best || score > best.score) best = { choice, score };
  }
  const start = performance.now();
  const trees = await grow(TREES.final, best!.choice);
  return { trees, seconds: (performance.now() - start) / 1000 };
}

async function judge(model: string, trees: Tree[], data: Data, loader: Loader, options: BaselineOptions) {
  const predictor = await Predictor.open(model, SIDE, options.threads);
  try {
    return await measure(
      {
        logits: async (samples) => (await predictAll(predictor, loader.plain(samples))).logits,
        description: `random forest of ${trees.length} trees on gradients and colours (baseline)`,
        parameters: numbersIn(trees),
        size: SIDE,
        model,
      },
      data,
      { ...options, about: { name: 'random-forest', ...options.about } },
    );
  } finally {
    await predictor.release();
  }
}

/** Numbers a forest consists of: a feature and a threshold a split, a probability a class in a leaf. */
const numbersIn = (trees: Tree[]): number =>
  trees.flat().reduce((sum, node) => sum + ('feature' in node ? 2 : node.shares.length), 0);
