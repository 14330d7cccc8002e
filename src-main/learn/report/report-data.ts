/** From runs to what a report shows: plain data, written as report.json and drawn as a page. */
import { MASK_CLASSES, type MaskClass } from '../../api';
import type { ModelCard, Robustness } from '../../nets/card';
import { argmax } from '../metrics';
import type { MeasuredSplit, Prediction } from '../predictions';
import type { RunFacts } from '../run-facts';
import type { DetectorCard } from '../../detect/card';
import type { DetectorRun } from './read-detector-run';
import { type Epoch, type Run, isBaseline } from './read-run';

const BINS = 10;
/** Mistakes shown of each split. */
const HARDEST = 12;

/** One point of a reliability diagram. */
export interface ReliabilityBin {
  /** Confidences from..to, and how many predictions lie there. */
  from: number;
  to: number;
  n: number;
  /** Means over them; null where there are none. */
  confidence: number | null;
  accuracy: number | null;
}

/** Calibration on the pictures of one split. */
export interface Reliability {
  split: MeasuredSplit;
  bins: ReliabilityBin[];
}

export interface Mistake {
  /** The picture's path when it was measured. */
  file: string;
  set: string;
  split: string;
  truth: MaskClass;
  said: MaskClass;
  /** Probabilities of what was said, and of what is true. */
  confidence: number;
  truthProbability: number;
}

/** Crops a second of one run on one provider. */
export interface Speed {
  provider: string;
  batch: number;
  cropsPerSecond: number;
}

export interface RunReport {
  name: string;
  folder: string;
  missing: string[];
  network: string;
  description: string;
  parameters: number;
  /** Of one picture; null for what is no network. */
  multiplyAdds: number | null;
  /**
   * Whether no other network here is as good on validation pictures and costs less, or as cheap and better. Networks are
   * chosen by it, and so it leaves test pictures alone.
   */
  frontier: boolean;
  /** Of the largest network in the report. */
  shareOfLargest: number;
  /** Side of the pictures in pixels. */
  size: number;
  /** On the test split, all sets together; null where it was not measured. */
  accuracy: number | null;
  balancedAccuracy: number | null;
  /** On the validation split, all sets together. */
  validationBalancedAccuracy: number | null;
  recallOfIncorrect: number | null;
  unseenBalancedAccuracy: number | null;
  /** As it ran, beside whatever else the machine did. */
  trainingImagesPerSecond: number | null;
  /** Of its steps alone; null where they were not measured. */
  stepImagesPerSecond: number | null;
  /** Pictures trained on, each as often as it was. */
  trainingImages: number | null;
  trainingSeconds: number | null;
  host: RunFacts['host'] | null;
  speeds: Speed[];
  history: Epoch[];
  teachers: Run['teachers'];
  /** Of each split, all sets together and set by set. */
  metrics: ModelCard['metrics'];
  /** By kind of picture and under corruptions; null where `evaluate --into-card` was not run. */
  robustness: Robustness | null;
  /** These three of the test pictures and of those of unseen sets; null where no predictions were kept. */
  reliability: Reliability[] | null;
  mistakes: Mistake[] | null;
  mistakesInAll: number | null;
}

/** A one-shot network's run. */
export interface DetectorReport {
  name: string;
  folder: string;
  network: string;
  description: string;
  parameters: number;
  /** Its pictures have about size² pixels. */
  size: number;
  history: DetectorRun['history'];
  metrics: DetectorCard['metrics'];
  /** Null where it was not measured. */
  msPerFrame: number | null;
}

export interface Report {
  version: 1;
  made: string;
  runs: RunReport[];
  detectors: DetectorReport[];
}

/** @param msPerFrame of each run, by its name, where it was measured */
const detectorReport = (
  { name, folder, card, history, facts }: DetectorRun,
  msPerFrame: Record<string, number>,
): DetectorReport => ({
  ...{ name, folder, history, network: facts.network },
  description: card.architecture,
  parameters: card.parameters,
  size: card.input.size,
  metrics: card.metrics,
  msPerFrame: msPerFrame[name] ?? null,
});

/** A split's figures over all its sets. */
const whole = (card: ModelCard, split: string) =>
  card.metrics.find((entry) => entry.split === split && entry.set === 'all') ??
  card.metrics.find((entry) => entry.split === split);

/** Pictures that nothing was chosen by. */
const JUDGED = ['test', 'unseen'] as const;

/** Guo et al. 2017: how often the network is right, by how sure it says it is. */
export function reliabilityOf(predictions: readonly Prediction[]): ReliabilityBin[] {
  const bins = Array.from({ length: BINS }, (_, i) => ({ i, n: 0, confidence: 0, right: 0 }));
  for (const { probabilities, truth } of predictions) {
    const said = argmax(probabilities, 0, 3);
    const bin = bins[Math.min(BINS - 1, Math.floor(probabilities[said]! * BINS))]!;
    bin.n += 1;
    bin.confidence += probabilities[said]!;
    bin.right += MASK_CLASSES[said] === truth ? 1 : 0;
  }
  return bins.map(({ i, n, confidence, right }) => ({
    from: i / BINS,
    to: (i + 1) / BINS,
    n,
    confidence: n > 0 ? confidence / n : null,
    accuracy: n > 0 ? right / n : null,
  }));
}

/** Wrong predictions, those that gave the truth least first. */
export const mistakesOf = (predictions: readonly Prediction[]): Mistake[] =>
  predictions
    .map(({ file, set, split, truth, probabilities }) => {
      const said = argmax(probabilities, 0, 3);
      return {
        ...{ file, set, split, truth, said: MASK_CLASSES[said]! },
        confidence: probabilities[said]!,
        truthProbability: probabilities[MASK_CLASSES.indexOf(truth)]!,
      };
    })
    .filter(({ said, truth }) => said !== truth)
    .sort((a, b) => a.truthProbability - b.truthProbability);

/** Accuracy against cost, as far as both are known. */
function isOnFrontier(run: Run, networks: readonly Run[]): boolean {
  const accuracy = ({ card }: Run) => whole(card, 'validation')?.balancedAccuracy ?? null;
  const [cost, own] = [run.multiplyAdds, accuracy(run)];
  if (cost === null || own === null) return false;
  return !networks.some((other) => {
    const [otherCost, otherOwn] = [other.multiplyAdds, accuracy(other)];
    if (otherCost === null || otherOwn === null) return false;
    return otherCost <= cost && otherOwn >= own && (otherCost < cost || otherOwn > own);
  });
}

/**
 * @param speeds of each run, by its name, where they were measured
 * @param detectors runs of one-shot networks
 * @param msPerFrame of those, by their names
 * @param stepSpeeds images a second of each run's training steps, by its name, where they were measured
 */
export function makeReport(
  runs: readonly Run[],
  speeds: Record<string, Speed[]> = {},
  detectors: readonly DetectorRun[] = [],
  msPerFrame: Record<string, number> = {},
  stepSpeeds: Record<string, number> = {},
): Report {
  // A forest's thresholds are not what a network's weights are.
  const networks = runs.filter(({ facts }) => !isBaseline(facts));
  const largest = Math.max(...(networks.length > 0 ? networks : runs).map(({ card }) => card.parameters));
  return {
    version: 1,
    made: new Date().toISOString(),
    detectors: detectors.map((run) => detectorReport(run, msPerFrame)),
    runs: runs.map((run): RunReport => {
      const { name, folder, card, multiplyAdds, facts, history, teachers, predictions, missing } = run;
      const [test, unseen] = [whole(card, 'test'), whole(card, 'unseen')];
      const judged = JUDGED.map((split) => ({
        split,
        of: predictions?.filter((prediction) => prediction.split === split) ?? [],
      })).filter(({ of }) => of.length > 0);
      const mistakes = judged.map(({ of }) => mistakesOf(of));
      return {
        ...{ name, folder, missing, history, teachers },
        network: facts?.network ?? card.name,
        description: card.architecture,
        parameters: card.parameters,
        multiplyAdds,
        frontier: isOnFrontier(run, networks),
        shareOfLargest: card.parameters / largest,
        size: card.input.size,
        accuracy: test?.accuracy ?? null,
        balancedAccuracy: test?.balancedAccuracy ?? null,
        validationBalancedAccuracy: whole(card, 'validation')?.balancedAccuracy ?? null,
        recallOfIncorrect: test?.perClass['incorrect']?.recall ?? null,
        unseenBalancedAccuracy: unseen?.balancedAccuracy ?? null,
        trainingImagesPerSecond: facts?.training.imagesPerSecond ?? null,
        stepImagesPerSecond: stepSpeeds[name] ?? null,
        trainingImages: facts?.training.images ?? null,
        trainingSeconds: facts?.training.seconds ?? null,
        host: facts?.host ?? null,
        speeds: speeds[name] ?? [],
        metrics: card.metrics,
        robustness: card.robustness ?? null,
        reliability: predictions ? judged.map(({ split, of }) => ({ split, bins: reliabilityOf(of) })) : null,
        mistakes: predictions ? mistakes.flatMap((each) => each.slice(0, HARDEST)) : null,
        mistakesInAll: predictions ? mistakes.flat().length : null,
      };
    }),
  };
}
