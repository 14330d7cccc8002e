/** From a network and its weights to the model that runs: inference form, batch norm folded, N free. */
import { Graph } from '../autograd/graph';
import type { Network, Weights } from '../autograd/scope';
import { foldBatchNorm } from '../onnx/fold';
import { encodeModel } from '../onnx/encode';
import type { Model } from '../onnx/model';

/** Names of the input and output of every classifier this project writes. */
export const INPUT = 'images';
export const OUTPUT = 'logits';

/**
 * The inference model: `images` N×3×size×size float32, normalised → `logits` N×classes.
 * @throws Error naming a weight the network asks for and `weights` lacks, or whose length does not fit
 */
export const inferenceModel = (network: Network, size: number, weights: Weights, output = OUTPUT): Model =>
  foldBatchNorm(unfoldedModel(network, size, weights, output));

/** The same with batch norm as operators of its own, as it is trained. */
export function unfoldedModel(network: Network, size: number, weights: Weights, output = OUTPUT): Model {
  const graph = new Graph();
  const stored = ({ name, shape }: { name: string; shape: readonly number[] }) => {
    const values = weights[name];
    if (!values) throw new Error(`the weights lack ${name}: they are another network's`);
    return graph.constant(values, shape, name);
  };
  const logits = network(
    {
      graph,
      training: false,
      parameter: stored,
      buffer: stored,
      update: () => undefined,
      random: () => {
        throw new Error('inference asks for no random numbers');
      },
    },
    graph.input(INPUT, [1, 3, size, size]),
  );
  return graph.toModel({ [output]: logits }, true);
}

/** The same as the bytes of an .onnx file. */
export const exportNetwork = (network: Network, size: number, weights: Weights): Uint8Array =>
  encodeModel(inferenceModel(network, size, weights));

/** What a detector gives, by name. */
export const FOUND = 'found';

/**
 * A detector as the bytes of an .onnx file: `images` N×3×H×W, sides multiples of 32, → `found` N×numbers×places.
 * @param size side of a picture, for shapes in the making only
 */
export function exportDetector(network: Network, size: number, weights: Weights): Uint8Array {
  const model = inferenceModel(network, size, weights, FOUND);
  for (const { dims } of model.inputs) dims.splice(2, 2, 'H', 'W');
  for (const { dims } of model.outputs) dims.splice(2, 1, 'P');
  return encodeModel(model);
}
