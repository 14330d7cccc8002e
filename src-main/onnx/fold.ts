/** Folds batch normalisation into the convolution before it, so that inference does not pay for it. */
import { type Model, type Node, type Tensor, floats, floatTensor } from './model';

interface Scaled {
  weight: Float32Array;
  bias: Float32Array;
}

/** The convolution's new weight and bias: w·s and (b − mean)·s + β, s = γ/√(var + ε), a channel each. */
function scale(
  weight: Float32Array,
  bias: Float32Array | undefined,
  norm: Float32Array[],
  epsilon: number,
): Scaled {
  const [gamma, beta, mean, variance] = norm as [Float32Array, Float32Array, Float32Array, Float32Array];
  const channels = gamma.length;
  const perChannel = weight.length / channels;
  const factor = gamma.map((g, k) => g / Math.sqrt(variance[k]! + epsilon));
  return {
    weight: weight.map((w, i) => w * factor[Math.floor(i / perChannel)]!),
    bias: beta.map((b, k) => b + ((bias?.[k] ?? 0) - mean[k]!) * factor[k]!),
  };
}

/**
 * The same model with every Conv → BatchNormalization pair, where all their parameters are constants and
 * nothing else reads the convolution, made one Conv. Weights that nothing uses any more are left out.
 */
export function foldBatchNorm(model: Model): Model {
  const tensors = new Map<string, Tensor>(model.initializers.map((tensor) => [tensor.name, tensor]));
  const producer = new Map(
    model.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
  );
  const readers = (name: string) => model.nodes.filter((node) => node.inputs.includes(name)).length;
  const isOutput = (name: string) => model.outputs.some((output) => output.name === name);

  const replaced = new Map<Node, Node | null>();
  for (const norm of model.nodes) {
    if (norm.op !== 'BatchNormalization') continue;
    const conv = producer.get(norm.inputs[0]!);
    const parameters = norm.inputs.slice(1).map((name) => tensors.get(name));
    if (conv?.op !== 'Conv' || readers(conv.outputs[0]!) !== 1 || isOutput(conv.outputs[0]!)) continue;
    const weight = tensors.get(conv.inputs[1]!);
    const bias = conv.inputs[2] ? tensors.get(conv.inputs[2]) : undefined;
    if (!weight || (conv.inputs[2] && !bias) || parameters.some((tensor) => !tensor)) continue;
    const epsilon = norm.attributes['epsilon'];
    const scaled = scale(
      floats(weight),
      bias && floats(bias),
      parameters.map((tensor) => floats(tensor!)),
      epsilon && 'f' in epsilon ? epsilon.f : 1e-5,
    );
    const biasName = `${weight.name}.folded_bias`;
    tensors.set(`${weight.name}.folded`, floatTensor(`${weight.name}.folded`, weight.dims, scaled.weight));
    tensors.set(biasName, floatTensor(biasName, [scaled.bias.length], scaled.bias));
    replaced.set(norm, null);
    replaced.set(conv, {
      ...conv,
      inputs: [conv.inputs[0]!, `${weight.name}.folded`, biasName],
      outputs: norm.outputs.slice(0, 1),
    });
  }

  const nodes = model.nodes.flatMap((node) => (replaced.has(node) ? (replaced.get(node) ?? []) : node));
  const read = new Set(nodes.flatMap((node) => node.inputs));
  return { ...model, nodes, initializers: [...tensors.values()].filter(({ name }) => read.has(name)) };
}
