/**
 * A random forest (Breiman 2001): trees grown on bootstrap samples, each split the best of a few features drawn for
 * it, by Gini impurity. Each tree draws from every class as many as the smallest has (Chen et al. 2004): weighted
 * instead, a rare class is never the answer, as fully grown trees give it next to no room. Features are put into bins once, so that a split is found by counting, in one pass over a
 * node's samples. Knows nothing of pictures. (npm's ml-random-forest draws features once a tree and tries each split
 * by a pass over all samples: 18 s a tree at 2000 samples.)
 */
import { setImmediate as breathe } from 'node:timers/promises';
import { seeded } from '../../random';

/** Samples to grow from. */
export interface Examples {
  /** n×width, row by row. */
  features: Float32Array;
  width: number;
  /** n class indices. */
  labels: ArrayLike<number>;
  classes: number;
}

export interface ForestOptions {
  trees: number;
  /** Features drawn for each split. */
  tried: number;
  /** Fewest samples in a leaf. */
  leaf: number;
  seed: number;
  /** Stops it between two trees, by throwing its reason. */
  signal?: AbortSignal;
}

/** An inner node sends a sample left when its feature is below the threshold. */
export type TreeNode =
  | { feature: number; threshold: number; left: number; right: number }
  /** A probability a class. */
  | { shares: number[] };

/** Nodes of one tree; the first is its root. */
export type Tree = TreeNode[];

/** Bins a feature is put into. */
const BINS = 64;
/** Samples that bin edges are taken from. */
const SURVEYED = 5000;

/** Feature values by bin: `codes` is width×n, feature by feature; bin b holds values below edges[feature][b]. */
export interface Binned {
  codes: Uint8Array;
  edges: Float32Array[];
  count: number;
}

/** Puts features into bins that hold about equally many samples each. */
export function bin({ features, width, labels: { length: count } }: Examples): Binned {
  const codes = new Uint8Array(width * count);
  const step = Math.max(1, Math.floor(count / SURVEYED));
  const edges = Array.from({ length: width }, (_, feature) => {
    const values = new Float32Array(Math.ceil(count / step));
    for (let i = 0; i < values.length; i++) values[i] = features[i * step * width + feature]!;
    values.sort();
    const cuts = Array.from(
      { length: BINS - 1 },
      (__, b) => values[Math.floor(((b + 1) * values.length) / BINS)]!,
    );
    return Float32Array.from(new Set(cuts.filter((cut) => cut > values[0]!)));
  });
  for (let feature = 0; feature < width; feature++) {
    const cuts = edges[feature]!;
    for (let i = 0; i < count; i++) {
      const value = features[i * width + feature]!;
      let [low, high] = [0, cuts.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (value < cuts[middle]!) high = middle;
        else low = middle + 1;
      }
      codes[feature * count + i] = low;
    }
  }
  return { codes, edges, count };
}

/** A tree's bootstrap sample: rows drawn with putting back, as many of each class as the smallest has. */
function draw({ labels }: Examples, random: () => number): Int32Array {
  const classes = new Map<number, number[]>();
  for (let row = 0; row < labels.length; row++) {
    const own = classes.get(labels[row]!);
    if (own) own.push(row);
    else classes.set(labels[row]!, [row]);
  }
  const each = Math.min(...Array.from(classes.values(), ({ length }) => length));
  const drawn = [...classes.values()].map((rows) =>
    Int32Array.from({ length: each }, () => rows[Math.floor(random() * rows.length)]!),
  );
  return Int32Array.from(drawn.flatMap((rows) => [...rows]));
}

/**
 * Grows a forest. The same seed gives the same forest.
 * @param binned `bin(examples)`, which can serve several forests
 */
export async function growForest(
  examples: Examples,
  options: ForestOptions,
  binned: Binned = bin(examples),
): Promise<Tree[]> {
  const trees: Tree[] = [];
  while (trees.length < options.trees) {
    options.signal?.throwIfAborted();
    trees.push(growTree(examples, binned, options, seeded(options.seed, trees.length)));
    await breathe();
  }
  return trees;
}

function growTree(
  examples: Examples,
  { codes, edges, count }: Binned,
  { tried, leaf }: ForestOptions,
  random: () => number,
): Tree {
  const { labels, classes, width } = examples;
  const tree: Tree = [];
  const rows = draw(examples, random);
  const below = new Float64Array(BINS * classes);
  const numbers = new Int32Array(BINS);
  const order = Int32Array.from({ length: width }, (_, feature) => feature);

  const totals = (from: number, to: number): number[] => {
    const sums = new Array<number>(classes).fill(0);
    for (let i = from; i < to; i++) sums[labels[rows[i]!]!]! += 1;
    return sums;
  };

  /** The feature and bin edge that leave the purest halves of rows from..to; undefined where none divides them. */
  const bestSplit = (from: number, to: number, all: number[]) => {
    let best: { feature: number; edge: number; purity: number } | undefined;
    for (let k = 0; k < Math.min(tried, width); k++) {
      // The first `tried` of a shuffle: features are drawn without putting back.
      const drawn = k + Math.floor(random() * (width - k));
      [order[k], order[drawn]] = [order[drawn]!, order[k]!];
      const feature = order[k]!;
      const bins = edges[feature]!.length + 1;
      below.fill(0, 0, bins * classes);
      numbers.fill(0, 0, bins);
      for (let i = from; i < to; i++) {
        const row = rows[i]!;
        const code = codes[feature * count + row]!;
        const label = labels[row]!;
        below[code * classes + label]! += 1;
        numbers[code]! += 1;
      }
      const left = new Array<number>(classes).fill(0);
      let taken = 0;
      for (let edge = 0; edge < bins - 1; edge++) {
        for (let c = 0; c < classes; c++) left[c]! += below[edge * classes + c]!;
        taken += numbers[edge]!;
        if (taken < leaf || to - from - taken < leaf) continue;
        let [nLeft, nRight, squaresLeft, squaresRight] = [0, 0, 0, 0];
        for (let c = 0; c < classes; c++) {
          const right = all[c]! - left[c]!;
          nLeft += left[c]!;
          nRight += right;
          squaresLeft += left[c]! * left[c]!;
          squaresRight += right * right;
        }
        // The larger, the lower the Gini impurity of the two halves together.
        const purity = squaresLeft / nLeft + squaresRight / nRight;
        if (!best || purity > best.purity) best = { feature, edge, purity };
      }
    }
    return best;
  };

  const grow = (from: number, to: number): number => {
    const all = totals(from, to);
    const at = tree.length;
    tree.push({ shares: all.map((n) => n / (to - from)) });
    if (to - from < 2 * leaf || all.some((n) => n === to - from)) return at;
    const best = bestSplit(from, to, all);
    if (!best) return at;
    let middle = from;
    for (let i = from; i < to; i++)
      if (codes[best.feature * count + rows[i]!]! <= best.edge) {
        [rows[i], rows[middle]] = [rows[middle]!, rows[i]!];
        middle += 1;
      }
    const left = grow(from, middle);
    const right = grow(middle, to);
    tree[at] = { feature: best.feature, threshold: edges[best.feature]![best.edge]!, left, right };
    return at;
  };
  grow(0, rows.length);
  return tree;
}

/**
 * The mean of the trees' answers.
 * @param features n×width
 * @returns n×classes, each row sums to 1
 */
export function askForest(
  trees: Tree[],
  features: Float32Array,
  width: number,
  classes: number,
): Float32Array {
  const n = features.length / width;
  const answers = new Float32Array(n * classes);
  for (let i = 0; i < n; i++)
    for (const tree of trees) {
      let node = tree[0]!;
      while ('feature' in node)
        node = tree[features[i * width + node.feature]! < node.threshold ? node.left : node.right]!;
      for (let c = 0; c < classes; c++) answers[i * classes + c]! += node.shares[c]! / trees.length;
    }
  return answers;
}
