/** What a network is trained to do: the loss as graph, and what that loss is fed for each batch. */
import { crossEntropy } from '../autograd/losses';
import type { Loss } from '../autograd/train-step';
import { mixup } from './mixup';

/** Pictures as the loader gives them. */
export interface Batch {
  /** N×3×S×S, normalised. */
  images: Float32Array;
  /** N class indices. */
  labels: ArrayLike<number>;
}

export interface Objective {
  /** Builds the loss of a batch; what it asks the graph for, `feeds` gives. */
  loss: Loss;
  /**
   * The loss's inputs for one batch. May change the batch's pictures in place, as mixup does.
   * @param random uniform numbers in [0, 1), the same for the same step
   */
  feeds(batch: Batch, random: () => number): Promise<Record<string, Float32Array>>;
}

/** N×classes, 1 at each row's class. */
export function oneHot(labels: ArrayLike<number>, classes: number): Float32Array {
  const targets = new Float32Array(labels.length * classes);
  for (let i = 0; i < labels.length; i++) targets[i * classes + labels[i]!] = 1;
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
