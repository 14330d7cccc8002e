/** The assignment problem against trying every assignment. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { assign } from '../../src-main/watch/assignment';

/** The least total cost over all ways to give every row (of the fewer) a column of its own. */
function leastByTrying(cost: number[][], row = 0, used = new Set<number>()): number {
  if (row === cost.length) return 0;
  let least = Infinity;
  for (let column = 0; column < cost[row]!.length; column++) {
    if (used.has(column)) continue;
    least = Math.min(least, cost[row]![column]! + leastByTrying(cost, row + 1, new Set(used).add(column)));
  }
  return least;
}

it('finds the least total cost, each column at most once, whichever side is larger', () => {
  const shape = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 6 }));
  const matrix = shape.chain(([rows, columns]) =>
    fc.array(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: columns, maxLength: columns }), {
      minLength: rows,
      maxLength: rows,
    }),
  );
  fc.assert(
    fc.property(matrix, (cost) => {
      const columns = cost[0]!.length;
      const chosen = assign(cost);
      const pairs = chosen.flatMap((column, row) => (column < 0 ? [] : [cost[row]![column]!]));
      const taken = chosen.filter((column) => column >= 0);
      expect(new Set(taken).size).toBe(taken.length);
      expect(taken).toHaveLength(Math.min(cost.length, columns));
      const turned = Array.from({ length: columns }, (_, c) => cost.map((row) => row[c]!));
      expect(pairs.reduce((a, b) => a + b, 0)).toBe(leastByTrying(cost.length <= columns ? cost : turned));
    }),
  );
});

it('takes nothing from nothing', () => {
  expect(assign([])).toEqual([]);
  expect(assign([[], []])).toEqual([-1, -1]);
});
