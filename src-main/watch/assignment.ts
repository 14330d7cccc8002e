/**
 * The assignment problem: which face is which track so that all of them together fit best. Greedy choice swaps
 * faces that cross; this does not.
 */

/**
 * Minimum-cost assignment by the Hungarian method with potentials (Kuhn 1955, Munkres 1957), O(r²·c) for the
 * smaller side r.
 *
 * @param cost cost[row][column], finite
 * @returns for each row its column, or −1 where there are more rows than columns
 */
export function assign(cost: readonly (readonly number[])[]): number[] {
  const rows = cost.length;
  const columns = cost[0]?.length ?? 0;
  if (columns === 0) return new Array<number>(rows).fill(-1);
  if (rows > columns) {
    const turned = Array.from({ length: columns }, (_, c) => cost.map((row) => row[c]!));
    const result = new Array<number>(rows).fill(-1);
    for (const [column, row] of assign(turned).entries()) result[row] = column;
    return result;
  }
  // Index 0 is no row or column: the paths start there.
  const rowPotential = new Float64Array(rows + 1);
  const columnPotential = new Float64Array(columns + 1);
  const rowOf = new Int32Array(columns + 1);
  for (let row = 1; row <= rows; row++) {
    const slack = new Float64Array(columns + 1).fill(Infinity);
    const from = new Int32Array(columns + 1);
    const reached = new Uint8Array(columns + 1);
    let column = 0;
    rowOf[0] = row;
    do {
      reached[column] = 1;
      const current = rowOf[column]!;
      let least = Infinity;
      let next = 0;
      for (let c = 1; c <= columns; c++) {
        if (reached[c]) continue;
        const reduced = cost[current - 1]![c - 1]! - rowPotential[current]! - columnPotential[c]!;
        if (reduced < slack[c]!) {
          slack[c] = reduced;
          from[c] = column;
        }
        if (slack[c]! < least) {
          least = slack[c]!;
          next = c;
        }
      }
      for (let c = 0; c <= columns; c++) {
        if (reached[c]) {
          rowPotential[rowOf[c]!]! += least;
          columnPotential[c]! -= least;
        } else slack[c]! -= least;
      }
      column = next;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      const before = from[column]!;
      rowOf[column] = rowOf[before]!;
      column = before;
    }
  }
  const result = new Array<number>(rows).fill(-1);
  for (let c = 1; c <= columns; c++) if (rowOf[c]! > 0) result[rowOf[c]! - 1] = c - 1;
  return result;
}
