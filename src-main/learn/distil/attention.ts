import { add, div, mul, reduceSum, reshape, sqrt } from '../../autograd/functions';
import type { Value } from '../../autograd/graph';
import { meanSquaredError } from '../../autograd/losses';
import { resample } from '../resample';
import { pairs } from './maps';
import { method } from './method';

/**
 * Where a network looks: the squares of a feature map N×C×H×W summed over its channels, each picture's of length 1.
 * @returns N×(side·side), resampled to that side where the map has another
 */
export function attentionOf(map: Value, side = map.shape[2]!): Value {
  const squares = resample(reduceSum(mul(map, map), [1]), side);
  const flat = reshape(squares, [map.shape[0]!, side * side]);
  return div(flat, sqrt(add(reduceSum(mul(flat, flat), [1], true), 1e-12)));
}

/**
 * Zagoruyko & Komodakis 2017, attention transfer (activation-based, p = 2): the student looks where the teacher looks.
 * The squared difference of the two maps, a mean over batch and places as in the paper's choice of β, summed over the
 * sizes that both have.
 */
export const attention = method({
  name: 'attention',
  about: 'look where the teacher looks: alike maps of attention (Zagoruyko & Komodakis 2017)',
  settings: { beta: { about: 'weight', value: 1000, from: 0, to: 1e6 } },
  make: ({ beta }) => ({
    needs: ['teacher', 'maps'],
    terms: {
      attention: ({ student, teacher }) =>
        mul(
          pairs(student.maps, teacher.maps)
            .map(([own, other]) => meanSquaredError(attentionOf(own), attentionOf(other, own.shape[2])))
            .reduce(add),
          beta,
        ),
    },
  }),
});
