import { add, div, matmul, mul, reduceSum, reshape, sqrt, sub, transpose } from '../../autograd/functions';
import type { Value } from '../../autograd/graph';
import { huber, mean } from '../../autograd/losses';
import { type Ingredients, method } from './method';

/** Lengths of vectors along the last axis, which is kept; the gradient at nothing is nothing. */
const lengths = (x: Value): Value => sqrt(add(reduceSum(mul(x, x), [x.shape.length - 1], true), 1e-12));

/** What a network tells a picture by, N×C: its last feature map, averaged over its places. */
function embedding({ maps }: Ingredients['student']): Value {
  const last = maps.at(-1)!;
  const [, , height, width] = last.shape as [number, number, number, number];
  return div(reduceSum(last, [2, 3]), height * width);
}

/** xᵢ − xⱼ at [j, i]: N×N×C. */
const differences = (x: Value): Value => {
  const [n, c] = x.shape as [number, number];
  return sub(reshape(x, [1, n, c]), reshape(x, [n, 1, c]));
};

/** Distances of all pairs, as multiples of their mean (a picture's to itself not counted): N×N. */
export function distances(x: Value): Value {
  const n = x.shape[0]!;
  const each = reshape(lengths(differences(x)), [n, n]);
  return div(each, div(reduceSum(each, [0, 1]), n * (n - 1)));
}

/** Cosines of the angles at j between i and k, at [j, i, k]: N×N×N. */
export function angles(x: Value): Value {
  const apart = differences(x);
  const unit = div(apart, lengths(apart));
  return matmul(unit, transpose(unit, [0, 2, 1]));
}

/**
 * Park et al. 2019, relational distillation: not a picture's answer is taught but how pictures lie to each other, by
 * distances of pairs and angles of triples of their embeddings. Huber's loss, a mean over pairs and triples, as in the
 * authors' code, whose weights these are.
 */
export const relational = method({
  name: 'relational',
  about: 'tell pictures apart as far, and at such angles, as the teacher does (Park et al. 2019)',
  settings: {
    distance: { about: 'weight of the distances of pairs', value: 25, from: 0, to: 1e6 },
    angle: { about: 'weight of the angles of triples', value: 50, from: 0, to: 1e6 },
  },
  make: ({ distance, angle }) => {
    const alike = (relation: (x: Value) => Value, weight: number) => (from: Ingredients) =>
      mul(mean(huber(sub(relation(embedding(from.student)), relation(embedding(from.teacher))))), weight);
    return {
      needs: ['teacher', 'maps'],
      terms: { distance: alike(distances, distance), angle: alike(angles, angle) },
    };
  },
});
