/** Writes batch normalisation by the batch's own statistics out in plain operators, for providers that lack it. */
import { type Model, type Node, floatTensor, int64Tensor, isTrainingNorm, plainNode } from './model';

/**
 * The same model without BatchNormalization in training mode, whose momentum must be 0: ONNX Runtime's WebGPU provider
 * has no kernel for it.
 */
export function composeBatchNorm(model: Model): Model {
  if (!model.nodes.some(isTrainingNorm)) return model;
  const across = int64Tensor('norm across channels', [4], [1, -1, 1, 1]);
  const flat = int64Tensor('norm flat', [1], [-1]);
  const epsilons = new Map<number, string>();
  const nodes = model.nodes.flatMap((node): Node[] => {
    if (!isTrainingNorm(node)) return [node];
    const epsilon = node.attributes['epsilon'];
    const value = epsilon && 'f' in epsilon ? epsilon.f : 1e-5;
    if (!epsilons.has(value)) epsilons.set(value, `norm epsilon ${String(value)}`);
    return composed(node, epsilons.get(value)!, across.name, flat.name);
  });
  const constants = [...epsilons].map(([value, name]) => floatTensor(name, [1], [value]));
  return { ...model, nodes, initializers: [...model.initializers, across, flat, ...constants] };
}

/** y = γ·(x − mean)/√(var + ε) + β, mean and (population) variance over all but the channels. */
function composed(node: Node, epsilon: string, across: string, flat: string): Node[] {
  const [x, gamma, beta] = node.inputs as [string, string, string];
  const [y, mean, variance] = node.outputs as [string, string?, string?];
  const named = (part: string) => `${y} ${part}`;
  const mean4 = (from: string, to: string) =>
    plainNode('ReduceMean', [from], to, { axes: { ints: [0, 2, 3] }, keepdims: { i: 1 } });
  return [
    mean4(x, named('mean')),
    plainNode('Sub', [x, named('mean')], named('centred')),
    plainNode('Mul', [named('centred'), named('centred')], named('squares')),
    mean4(named('squares'), named('variance')),
    plainNode('Add', [named('variance'), epsilon], named('widened')),
    plainNode('Sqrt', [named('widened')], named('spread')),
    plainNode('Reshape', [gamma, across], named('gamma')),
    plainNode('Reshape', [beta, across], named('beta')),
    plainNode('Div', [named('gamma'), named('spread')], named('scale')),
    plainNode('Mul', [named('centred'), named('scale')], named('scaled')),
    plainNode('Add', [named('scaled'), named('beta')], y),
    ...(mean ? [plainNode('Reshape', [named('mean'), flat], mean)] : []),
    ...(variance ? [plainNode('Reshape', [named('variance'), flat], variance)] : []),
  ];
}
