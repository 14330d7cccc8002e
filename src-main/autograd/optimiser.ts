/**
 * Optimisers: from a flat vector of parameters and its gradient to new parameters and their moving average, in place and
 * in one pass, as memory is what it waits for. They run here and not in the graph, because whatever leaves a graph is
 * copied into fresh memory: of a network of 11 million parameters, four vectors of state and their arithmetic took 260 ms
 * a step as graph, and take 80 as loops (ARCHITECTURE.md).
 */

export interface Update {
  /** Changed in place. */
  parameter: Float32Array;
  gradient: Float32Array;
  /** What the gradient is multiplied by first: below 1 where it was too long. */
  scale: number;
  /** The optimiser's memory, vectors like the parameter, as named in `state`; changed in place. */
  state: readonly Float32Array[];
  /** Learning rate. */
  rate: number;
  /** Number of this step, from 1. */
  step: number;
  /** Whether weight decay applies to this parameter. */
  decay: boolean;
  /** The parameter's moving average, changed in place: keep·average + (1 − keep)·parameter. */
  average: Float32Array;
  keep: number;
}

export interface Optimiser {
  /** Names of the vectors it remembers; all begin at 0. */
  readonly state: readonly string[];
  update(from: Update): void;
}

/**
 * AdamW (Loshchilov & Hutter 2019): Adam with bias correction, and weight decay apart from the gradient.
 * The article trains its networks with it.
 */
export function adamW({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decay = 0.01 } = {}): Optimiser {
  return {
    state: ['mean', 'square'],
    update({ parameter, gradient, scale, state, rate, step, decay: decays, average, keep }) {
      const [mean, square] = state as [Float32Array, Float32Array];
      const kept = decays ? 1 - rate * decay : 1;
      const pace = rate / (1 - beta1 ** step);
      const correction = 1 / Math.sqrt(1 - beta2 ** step);
      for (let i = 0; i < parameter.length; i++) {
        const slope = gradient[i]! * scale;
        const m = mean[i]! + (1 - beta1) * (slope - mean[i]!);
        const v = square[i]! + (1 - beta2) * (slope * slope - square[i]!);
        mean[i] = m;
        square[i] = v;
        parameter[i] = parameter[i]! * kept - (pace * m) / (Math.sqrt(v) * correction + epsilon);
        average[i] = average[i]! + (1 - keep) * (parameter[i]! - average[i]!);
      }
    },
  };
}

/**
 * Stochastic gradient descent with momentum, as PyTorch writes it: v ← μ·v + g, then w ← w − rate·v, or with Nesterov's
 * look ahead w ← w − rate·(g + μ·v). Weight decay is added to the gradient.
 */
export function sgd({ momentum = 0.9, nesterov = false, decay = 0 } = {}): Optimiser {
  return {
    state: momentum > 0 ? ['velocity'] : [],
    update({ parameter, gradient, scale, state: [velocity], rate, decay: decays, average, keep }) {
      const pull = decays ? decay : 0;
      for (let i = 0; i < parameter.length; i++) {
        const slope = gradient[i]! * scale + pull * parameter[i]!;
        let move = slope;
        if (velocity) {
          const v = momentum * velocity[i]! + slope;
          velocity[i] = v;
          move = nesterov ? slope + momentum * v : v;
        }
        parameter[i] = parameter[i]! - rate * move;
        average[i] = average[i]! + (1 - keep) * (parameter[i]! - average[i]!);
      }
    },
  };
}

export const OPTIMISERS = ['adamw', 'sgd'] as const;
export type OptimiserName = (typeof OPTIMISERS)[number];

/** An optimiser by its name; stochastic gradient descent has Nesterov's momentum of 0.9. */
export function optimiserOf(name: OptimiserName, decay: number): Optimiser {
  return name === 'adamw' ? adamW({ decay }) : sgd({ momentum: 0.9, nesterov: true, decay });
}
