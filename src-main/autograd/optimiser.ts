/**
 * Optimisers as graph: from a flat vector of parameters and its gradient to new ones. All parameters of a group
 * are one vector, so an update is a dozen operators whatever the network's depth.
 */
import { add, div, exp, mul, sqrt, sub } from './functions';
import type { Value } from './graph';

export interface Update {
  parameter: Value;
  gradient: Value;
  /** The optimiser's memory, vectors like the parameter, as named in `state`. */
  state: Value[];
  /** Learning rate, a scalar. */
  rate: Value;
  /** Number of this step, from 1, a scalar. */
  step: Value;
  /** Whether weight decay applies to this group. */
  decay: boolean;
}

export interface Optimiser {
  /** Names of the vectors it remembers; all begin at 0. */
  readonly state: readonly string[];
  update(from: Update): { parameter: Value; state: Value[] };
}

/**
 * AdamW (Loshchilov & Hutter 2019): Adam with bias correction, and weight decay apart from the gradient.
 * The article trains its networks with it.
 */
export function adamW({ beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decay = 0.01 } = {}): Optimiser {
  return {
    state: ['mean', 'square'],
    update({ parameter, gradient, state, rate, step, decay: decays }) {
      const mean = add(mul(state[0]!, beta1), mul(gradient, 1 - beta1));
      const square = add(mul(state[1]!, beta2), mul(mul(gradient, gradient), 1 - beta2));
      const correction = (beta: number) => sub(1, exp(mul(step, Math.log(beta))));
      const spread = add(sqrt(div(square, correction(beta2))), epsilon);
      const direction = div(div(mean, correction(beta1)), spread);
      const pull = decays && decay > 0 ? add(direction, mul(parameter, decay)) : direction;
      return { parameter: sub(parameter, mul(pull, rate)), state: [mean, square] };
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
    update({ parameter, gradient, state, rate, decay: decays }) {
      const slope = decays && decay > 0 ? add(gradient, mul(parameter, decay)) : gradient;
      if (momentum === 0) return { parameter: sub(parameter, mul(slope, rate)), state: [] };
      const velocity = add(mul(state[0]!, momentum), slope);
      const direction = nesterov ? add(slope, mul(velocity, momentum)) : velocity;
      return { parameter: sub(parameter, mul(direction, rate)), state: [velocity] };
    },
  };
}
