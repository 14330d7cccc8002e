/** A whole training run of the one-shot detector: scenes → splits → fit → the model, measured, with its card. */
import { join, resolve } from 'node:path';
import { MASK_CLASSES } from '../../api';
import { inventory, parameterCount } from '../../autograd/scope';
import { IMAGENET } from '../../data/augment';
import { SceneLoader } from '../../data/scene-loader';
import { type DetectorCard, detectorCardPath } from '../../detect/card';
import { Detector } from '../../detect/detector';
import { exportDetector } from '../../nets/export';
import { type DetectorArchitecture, detectorArchitecture } from '../../nets/detectors';
import { writeAtomic } from '../../files';
import type { StepProgress } from '../fit';
import { bestWeightsOf } from '../progress';
import { thisHost, trainingFacts, writeFacts } from '../run-facts';
import type { About } from '../run-report';
import { openFolders } from '../sets';
import { evaluateScenes, oneShotFinder } from './evaluate-scenes';
import { type DetectorEpoch, type FitDetectorResult, fitDetector } from './fit-detector';
import { type SetScene, divideScenes, openScenes } from './scene-sets';
import { type DetectorTeacher, openDetectorTeacher } from './teacher';

export interface TrainDetectorOptions {
  arch: string;
  /** Folders of annotated scenes. */
  data: string[];
  /** Folders of scenes that nothing is trained on from. */
  unseen?: string[];
  /** Folders of faces cut from the same photos: scenes are divided as those are. */
  crops?: string[];
  out: string;
  about: About;
  epochs: number;
  /** Pictures in an epoch; 0: as many as there are scenes to train on. */
  images: number;
  batch?: number;
  rate?: number;
  decay?: number;
  /** Side of the training pictures in pixels. */
  size?: number;
  seed: number;
  threads: number;
  workers: number;
  /** Folder of an earlier run, whose best weights this one begins from. */
  from?: string;
  /** A larger one-shot detector's .onnx file, which this one follows as well as the labels. */
  teacher?: string;
  resume: boolean;
  signal: AbortSignal;
  command: string;
  report: {
    text: (line: string) => void;
    onStep: (progress: StepProgress) => void;
    onEpoch: (report: DetectorEpoch) => void;
  };
}

export interface TrainDetectorResult {
  model: string;
  card: DetectorCard;
  finished: boolean;
}

/** A scene with a mask worn incorrectly, the rarest of classes, leads so many times as many pictures. */
const RARE = 3;
/** Faces worn incorrectly are few: each counts so many times. */
const CLASS_WEIGHTS = [1, 2, 1];

/** @throws Error naming the folder, file or option that is wrong */
export async function trainDetector(options: TrainDetectorOptions): Promise<TrainDetectorResult> {
  const architecture = detectorArchitecture(options.arch);
  const scenes = await openScenes(options.data);
  // Before what takes minutes: a file that cannot teach is told of at once.
  const teacher = options.teacher ? await openDetectorTeacher(options.teacher, options.threads) : undefined;
  try {
    return await trainOn(scenes, architecture, options, teacher);
  } finally {
    await teacher?.release();
  }
}

async function trainOn(
  scenes: SetScene[],
  architecture: DetectorArchitecture,
  options: TrainDetectorOptions,
  teacher: DetectorTeacher | undefined,
): Promise<TrainDetectorResult> {
  const { report } = options;
  report.text('looking for near copies');
  const crops = options.crops ? await openFolders(options.crops, { split: 'all', complete: false }) : [];
  const data = await divideScenes(scenes, crops);
  report.text(
    `${data.train.length} scenes to train on, ${data.val.length} to validate, ${data.test.length} to test`,
  );
  const {
    batch = architecture.recipe.batch,
    rate = architecture.recipe.rate,
    decay = architecture.recipe.decay,
  } = options;
  const recipe = { ...architecture.recipe, batch, rate, decay };
  const size = options.size ?? architecture.size;
  if (size % 32 !== 0) throw new Error(`--size must be a multiple of 32, not ${size}`);
  const steps = Math.max(1, Math.round((options.images || data.train.length) / batch));
  const isRare = (scene: SetScene) => scene.faces.some(({ label }) => label === 'incorrect');
  const loader = new SceneLoader({
    size,
    batch,
    workers: options.workers,
    seed: options.seed,
    normalisation: IMAGENET,
    scenes: data.train,
    weightOf: (scene) => (isRare(scene as SetScene) ? RARE : 1),
  });
  try {
    const fitted = await fitDetector({
      network: architecture.network,
      recipe,
      size,
      sizeInUse: architecture.sizeInUse,
      epochs: options.epochs,
      steps,
      classWeights: CLASS_WEIGHTS,
      seed: options.seed,
      threads: options.threads,
      ...(options.from && { initial: await bestWeightsOf(options.from) }),
      ...(teacher && { teacher }),
      training: (epoch) => loader.epoch(epoch, steps),
      validation: data.val,
      out: options.out,
      resume: options.resume,
      signal: options.signal,
      onStep: report.onStep,
      onEpoch: report.onEpoch,
    });
    return await keep(fitted, architecture, data, { ...options, size, pictures: steps * batch });
  } finally {
    await loader.close();
  }
}

/** Numbers of a card as they are read: to the fourth digit. */
const fourDigits = (_: string, value: unknown): unknown =>
  typeof value === 'number' ? Math.round(value * 1e4) / 1e4 : value;

/** Writes the model with its card, history and facts. */
async function keep(
  fitted: FitDetectorResult,
  architecture: DetectorArchitecture,
  data: Awaited<ReturnType<typeof divideScenes>>,
  options: TrainDetectorOptions & { size: number; pictures: number },
): Promise<TrainDetectorResult> {
  const { network, sizeInUse, name } = architecture;
  const model = join(options.out, `${name}.onnx`);
  await writeAtomic(model, exportDetector(network, sizeInUse, fitted.weights));
  const json = (value: unknown) => Buffer.from(`${JSON.stringify(value, fourDigits, 1)}\n`);
  await writeAtomic(
    join(options.out, 'history.json'),
    Buffer.from(`${JSON.stringify(fitted.history, null, 1)}\n`),
  );
  const { about, command } = options;
  const card: DetectorCard = {
    name: about.name ?? name,
    architecture: architecture.description,
    parameters: parameterCount(inventory(network, sizeInUse)),
    date: new Date().toISOString().slice(0, 10),
    classes: [...MASK_CLASSES],
    input: { size: sizeInUse, mean: [...IMAGENET.mean], std: [...IMAGENET.std] },
    data: [...new Set(data.train.map(({ set }) => set))].map((set) => ({
      set,
      images: data.train.filter((scene) => scene.set === set).length,
      licence: about.licences?.[set] ?? 'not stated',
      use: 'training',
    })),
    metrics: [],
    weaknesses: about.weaknesses ?? [],
    commands: about.commands ?? [command],
  };
  await writeAtomic(detectorCardPath(model), json(card));
  card.metrics = await judge(model, data.test, options);
  await writeAtomic(detectorCardPath(model), json(card));
  await writeFacts(options.out, {
    version: 1,
    network: name,
    model: `${name}.onnx`,
    command,
    finished: fitted.finished,
    parameters: card.parameters,
    size: options.size,
    training: trainingFacts(
      fitted.history.length * options.pictures,
      fitted.history.reduce((sum, { seconds }) => sum + seconds, 0),
    ),
    ...(options.teacher && { teachers: [resolve(options.teacher)] }),
    host: thisHost(options.threads, 'cpu'),
  });
  return { model, card, finished: fitted.finished };
}

/** Measures the written model on scenes it was not trained on: all of them, and set by set. */
async function judge(
  model: string,
  test: readonly SetScene[],
  { unseen, threads }: TrainDetectorOptions,
): Promise<DetectorCard['metrics']> {
  const detector = await Detector.open(model, { threads });
  const measured: DetectorCard['metrics'] = [];
  const measure = async (scenes: readonly SetScene[], set: string, split: string) => {
    if (scenes.length === 0) return;
    const { metrics } = await evaluateScenes(oneShotFinder(detector), scenes);
    measured.push({ set, split, ...metrics });
  };
  try {
    await measure(test, 'all', 'test');
    for (const set of new Set(test.map((scene) => scene.set)))
      await measure(
        test.filter((scene) => scene.set === set),
        set,
        'test',
      );
    const others = unseen ? await openScenes(unseen) : [];
    for (const set of new Set(others.map((scene) => scene.set)))
      await measure(
        others.filter((scene) => scene.set === set),
        set,
        'unseen',
      );
  } finally {
    await detector.release();
  }
  return measured;
}
