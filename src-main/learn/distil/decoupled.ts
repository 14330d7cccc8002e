import { add, div, exp, log, logSoftmax, mul, reduceSum, sub } from '../../autograd/functions';
import type { Value } from '../../autograd/graph';
import { crossEntropy, mean } from '../../autograd/losses';
import { method } from './method';

/** KL between two distributions given by their logarithms, a row each: N. */
const klRows = (logP: Value, logQ: Value): Value => reduceSum(mul(exp(logP), sub(logP, logQ)), [1]);

/** Log probabilities N×2 of the label's class and of all the others together. */
function binary(logP: Value, targets: Value): Value {
  const own = reduceSum(mul(exp(logP), targets), [1], true);
  const both = add(mul(own, targets.graph.constant([1, -1], [1, 2])), targets.graph.constant([0, 1], [1, 2]));
  return log(add(both, 1e-7));
}

/** Log probabilities N×C of the other classes among themselves; the label's own is pushed to nothing. */
const others = (logits: Value, targets: Value): Value => logSoftmax(sub(logits, mul(targets, 1000)));

/** Zhao et al. 2022: how sure of the label, and how the rest is shared, weighed apart. Targets must be one-hot; of a
 * sample without a label (zeros) the whole answer counts as the rest. */
export const decoupled = method({
  name: 'decoupled',
  about: "follow the teacher's sureness and its other answers apart (Zhao et al. 2022)",
  settings: {
    T: { about: 'temperature', value: 4, from: 0.01, to: 100 },
    alpha: { about: 'weight of the sureness', value: 1, from: 0, to: 100 },
    beta: { about: 'weight of the other classes', value: 4, from: 0, to: 100 },
  },
  make: ({ T, alpha, beta }) => ({
    needs: ['teacher'],
    terms: {
      labels: ({ student, targets }) => crossEntropy(student.logits, targets),
      teacher({ student, teacher, targets }) {
        const [s, t] = [div(student.logits, T), div(teacher.logits, T)];
        const target = klRows(binary(logSoftmax(t), targets), binary(logSoftmax(s), targets));
        const rest = klRows(others(t, targets), others(s, targets));
        return mul(mean(add(mul(target, alpha), mul(rest, beta))), T ** 2);
      },
    },
  }),
});
