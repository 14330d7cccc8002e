/**
 * A forest as an ONNX classifier: the descriptor, ONNX's tree ensemble and a logarithm, from normalised pictures to
 * logits like any network. So it is evaluated, timed and watched with by what does so for networks.
 */
import { MASK_CLASSES } from '../../api';
import { INPUT, OUTPUT } from '../../nets/export';
import { encodeModel } from '../../onnx/encode';
import { LENGTH, Nodes, describe } from './descriptor';
import type { Tree } from './forest';

/** Probabilities below it count as it, so that their logarithm is a number. */
const LEAST = 1e-3;

/** The bytes of a model that takes pictures N×3×64×64, normalised, and gives descriptors N×LENGTH. */
export function descriptorModel(): Uint8Array {
  const nodes = new Nodes();
  const from = describe(nodes, INPUT);
  return encodeModel(nodes.model(INPUT, { from, name: 'descriptors', width: LENGTH }));
}

/** The bytes of a model that takes pictures N×3×64×64, normalised, and gives logits N×3. */
export function forestModel(trees: Tree[]): Uint8Array {
  const nodes = new Nodes();
  const shares = nodes.apply(
    'TreeEnsembleRegressor',
    [describe(nodes, INPUT)],
    ensemble(trees),
    'ai.onnx.ml',
  );
  const limits = [nodes.floats([], [LEAST]), nodes.floats([], [1])];
  const from = nodes.apply('Log', [nodes.apply('Clip', [shares, ...limits])]);
  return encodeModel(nodes.model(INPUT, { from, name: OUTPUT, width: MASK_CLASSES.length }));
}

/** Attributes of ONNX's TreeEnsembleRegressor, one target a class, the trees' answers summed. */
function ensemble(trees: Tree[]) {
  const all = trees.flatMap((tree, t) => tree.map((node, id) => ({ t, id, node })));
  const inner = all.map(({ node }) =>
    'feature' in node ? node : { feature: 0, threshold: 0, left: 0, right: 0 },
  );
  const targets = all.flatMap(({ t, id, node }) =>
    'feature' in node ? [] : node.shares.map((share, target) => ({ t, id, target, share })),
  );
  return {
    n_targets: { i: MASK_CLASSES.length },
    aggregate_function: { s: 'SUM' },
    nodes_treeids: { ints: all.map(({ t }) => t) },
    nodes_nodeids: { ints: all.map(({ id }) => id) },
    nodes_modes: { strings: all.map(({ node }) => ('feature' in node ? 'BRANCH_LT' : 'LEAF')) },
    nodes_featureids: { ints: inner.map(({ feature }) => feature) },
    nodes_values: { floats: inner.map(({ threshold }) => threshold) },
    nodes_truenodeids: { ints: inner.map(({ left }) => left) },
    nodes_falsenodeids: { ints: inner.map(({ right }) => right) },
    target_treeids: { ints: targets.map(({ t }) => t) },
    target_nodeids: { ints: targets.map(({ id }) => id) },
    target_ids: { ints: targets.map(({ target }) => target) },
    target_weights: { floats: targets.map(({ share }) => share / trees.length) },
  };
}
