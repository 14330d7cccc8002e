/**
 * A model learns from a few corrected faces and stays what it was on all others: it is its own teacher (Furlanello et
 * al. 2018, born-again networks). Faces with a label are learnt by it and a little by the teacher's answer, faces
 * without one by the teacher's answer alone, under the augmentation that every training has.
 */
import { MASK_CLASSES, type Comparison } from '../api';
import { crossEntropy } from '../autograd/losses';
import { adamW } from '../autograd/optimiser';
import { TrainStep } from '../autograd/train-step';
import { DEFAULT_AUGMENTATION } from '../data/augmentation';
import type { Sample } from '../data/folders';
import { Loader } from '../data/loader';
import { BalancedEpochs } from '../data/sampler';
import type { ModelCard } from '../nets/card';
import { exportNetwork } from '../nets/export';
import { continued } from '../nets/onnx/from-onnx';
import { seeded } from '../random';
import type { EpochReport, FitResult, StepProgress } from './fit-options';
import { fit } from './fit';
import { softmaxRows } from './metrics';
import type { Batch, Objective } from './objective';
import { Predictor } from './predictor';
import { cosine } from './schedule';

export interface RetrainOptions {
  /** Path of the .onnx file that learns, and its card. */
  model: string;
  card: ModelCard;
  /** Faces with labels. */
  learn: Sample[];
  /** Faces without: their `label` is not looked at. */
  kept: Sample[];
  epochs: number;
  /** Folder for the checkpoint, from which it goes on. */
  out: string;
  pace: <T>(batches: AsyncIterable<T>) => AsyncIterable<T>;
  onStep: (progress: StepProgress) => void;
  onEpoch: (report: EpochReport) => void;
}

export interface Retrained {
  /** Of the .onnx file. */
  bytes: Uint8Array;
  history: FitResult['history'];
}

/** Images in a step. */
const BATCH = 16;
/** A tenth of what networks begin with: it is to be corrected, not taught anew. */
const RATE = 2e-4;
/** Share of the teacher's answer in what a labelled face is learnt by. */
const TEACHER = 0.2;
/** Steps of an epoch at least, and of a whole retraining about. */
const LEAST_STEPS = 4;
const STEPS = 60;
const CLASSES = MASK_CLASSES.length;

/** Steps of an epoch with so many faces. */
export const stepsFor = (faces: number): number => Math.max(LEAST_STEPS, Math.ceil(faces / BATCH));
/** Epochs that suit so many faces. */
export const epochsFor = (faces: number): number =>
  Math.min(20, Math.max(4, Math.ceil(STEPS / stepsFor(faces))));
/** Images that are trained on in a whole retraining. */
export const imagesFor = (faces: number, epochs: number): number => epochs * stepsFor(faces) * BATCH;

/** @throws Error naming the model that cannot be trained, or the picture that cannot be read */
export async function retrain(options: RetrainOptions): Promise<Retrained> {
  const { model, card, learn, kept, epochs, out, pace } = options;
  const { size } = card.input;
  const { network, weights } = await continued(model);
  const teacher = await Predictor.open(model, size);
  const loader = new Loader({
    size,
    batch: BATCH,
    seed: 1,
    normalisation: card.input,
    augmentation: DEFAULT_AUGMENTATION,
  });
  const unlabelled = new Set(kept);
  const steps = stepsFor(learn.length + kept.length);
  const order = new BalancedEpochs([...learn, ...kept], {
    length: steps * BATCH,
    seed: 1,
    // Half of what is shown has a label, however few those are.
    weights: { [learn[0]!.set]: Math.max(1, kept.length / learn.length) },
  });
  /** Labels of −1 are for the teacher to give. */
  async function* shown(epoch: number): AsyncGenerator<Batch> {
    for await (const { images, samples } of pace(loader.epoch(order.order(epoch), epoch)))
      yield { images, labels: samples.map((sample) => (unlabelled.has(sample) ? -1 : sample.label)) };
  }
  try {
    const { weights: learnt, history } = await fit({
      network,
      classes: CLASSES,
      size,
      batch: BATCH,
      epochs,
      steps,
      patience: 0,
      optimiser: adamW({ decay: 0 }),
      rateAt: (step, all) => cosine(step, all, RATE, Math.ceil(all / 10)),
      clip: 5,
      objective: ownTeacher(teacher, BATCH),
      averaging: 0.9,
      seed: 1,
      threads: 0,
      initial: weights,
      training: shown,
      // What it was corrected in; the holdout is for the comparison alone.
      validation: () => pace(loader.plain(learn)),
      out,
      resume: true,
      onStep: options.onStep,
      onEpoch: options.onEpoch,
    });
    return { bytes: exportNetwork(network, size, learnt), history };
  } finally {
    await loader.close();
    await teacher.release();
  }
}

/** Steps that are timed, after one that is not. */
const TIMED = 3;

/** Images a second that a retraining of a model takes here, measured on noise. */
export async function retrainRate(model: string, { input: { size } }: ModelCard): Promise<number> {
  const { network, weights } = await continued(model);
  const teacher = await Predictor.open(model, size);
  const objective = ownTeacher(teacher, BATCH);
  const trainer = await TrainStep.create({
    network,
    batch: BATCH,
    size,
    optimiser: adamW({ decay: 0 }),
    weights,
    threads: 0,
    loss: objective.loss,
  });
  try {
    const random = seeded(1);
    const images = Float32Array.from({ length: BATCH * 3 * size * size }, () => random() - 0.5);
    const labels = Array.from({ length: BATCH }, () => -1);
    let began = 0;
    for (let step = 0; step <= TIMED; step++) {
      if (step === 1) began = performance.now();
      const extra = await objective.feeds({ images, labels }, random);
      await trainer.run({ images, extra, rate: RATE, keep: 0.9, random });
    }
    return (TIMED * BATCH * 1000) / (performance.now() - began);
  } finally {
    await trainer.release();
    await teacher.release();
  }
}

/** Cross entropy to the labels and the teacher's answer, mixed as TEACHER says. */
function ownTeacher(teacher: Predictor, batch: number): Objective {
  const weights = new Float32Array(batch).fill(1);
  return {
    loss: (logits, graph) =>
      crossEntropy(logits, graph.input('targets', [batch, CLASSES]), graph.input('weights', [batch])),
    async feeds({ images, labels }) {
      const targets = softmaxRows(await teacher.logits(images), CLASSES);
      for (let i = 0; i < labels.length; i++) {
        const label = labels[i]!;
        if (label < 0) continue;
        for (let k = 0; k < CLASSES; k++)
          targets[i * CLASSES + k] = TEACHER * targets[i * CLASSES + k]! + (k === label ? 1 - TEACHER : 0);
      }
      return { targets, weights };
    },
  };
}

/** Why a candidate may not be promoted, in a sentence; null when it is no worse. */
export function whyWorse({ before, after }: Pick<Comparison, 'before' | 'after'>): string | null {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const pairs = [
    ['balanced accuracy', before.balancedAccuracy, after.balancedAccuracy],
    ['accuracy', before.accuracy, after.accuracy],
  ] as const;
  const worse = pairs.find(([, was, is]) => is < was - 1e-9);
  if (worse === undefined) return null;
  const [what, was, is] = worse;
  return `on the faces kept for the comparison its ${what} is ${percent(is)}, that of the current model ${percent(was)}`;
}
