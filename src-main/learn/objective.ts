/** What a network is trained to do: the loss as graph, and what that loss is fed for each batch. */
import { crossEntropy } from '../autograd/losses';
import type { Loss } from '../autograd/step-graph';
import { mixup } from './mixup';

/** Pictures as the loader gives them. */
export interface Batch {
  /** N×3×S×S, normalised. */
  images: Float32Array;
  /** N class indices; −1 where there is no label. */
  labels: ArrayLike<number>;
}

export interface Objective {
  /** Builds the loss of a batch; what it asks the graph for, `feeds` gives. */
  loss: Loss;
  /**
   * The loss's inputs for one batch, and `images` where the network shall see others than the batch's. May change the
   * batch's pictures in place, as mixup does.
   * @param random uniform numbers in [0, 1), the same for the same step
   */
  feeds(batch: Batch, random: () => number): Promise<Record<string, Float32Array>>;
  /** How the teacher did in the epoch that has ended, where there is one. */
  teacher?(): Promise<TeacherReport>;
}

/** A teacher beside its student: cross entropy, and shares of pictures it had right. */
export interface TeacherReport {
  /** On the views and labels that the student was shown in the epoch; null where none had a label. */
  trainLoss: number | null;
  trainAccuracy: number | null;
  /** On the validation pictures as they are. */
  validationLoss: number;
  balancedAccuracy: number;
}

/** N×classes, 1 at each row's class; zeros where the label is −1. */
export function oneHot(labels: ArrayLike<number>, classes: number): Float32Array {
  const targets = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) if (labels[i]! >= 0) targets[i * classes + labels[i]!] = 1;
  return targets;
}

export interface SupervisedOptions {
  batch: number;
  classes: number;
  /** Label smoothing, 0 to 1. */
  smoothing: number;
  /** Mixup's alpha; 0 for none. */
  mixup: number;
}

/** Learning from labels: cross entropy. */
export function supervised({ batch, classes, smoothing, mixup: alpha }: SupervisedOptions): Objective {
  const weights = new Float32Array(batch).fill(1);
  return {
    loss: (logits, graph) =>
      crossEntropy(
        logits,
        graph.input('targets', [batch, classes]),
        graph.input('weights', [batch]),
        smoothing,
      ),
    feeds({ images, labels }, random) {
      const targets = oneHot(labels, classes);
      if (alpha > 0) mixup(images, targets, batch, alpha, random);
      return Promise.resolve({ targets, weights });
    },
  };
}
