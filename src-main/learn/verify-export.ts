/** An exported model must answer as the network that was trained: checked on one input before it is written. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Network, Weights } from '../autograd/scope';
import { INPUT, OUTPUT, exportNetwork, unfoldedModel } from '../nets/export';
import { encodeModel } from '../onnx/encode';
import { seeded } from '../random';

/** Largest difference of a logit, against 1 or the logit where that is larger. */
const TOLERANCE = 1e-4;
/** Pictures compared. */
const PICTURES = 4;

/** Logits of a model for the same pictures every time. */
async function answers(bytes: Uint8Array, size: number, optimised: boolean): Promise<Float32Array> {
  const session = await InferenceSession.create(bytes, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: optimised ? 'all' : 'disabled',
  });
  try {
    const random = seeded(0x5eed);
    const images = Float32Array.from({ length: PICTURES * 3 * size * size }, () => 4 * random() - 2);
    const results = await session.run({ [INPUT]: new Tensor('float32', images, [PICTURES, 3, size, size]) });
    return results[OUTPUT]!.data as Float32Array;
  } finally {
    await session.release();
  }
}

/**
 * Exports a network, and compares it with the network as it was trained (batch norm an operator of its own, no graph
 * optimised) on the same pictures.
 * @param name what the model is called in the error
 * @throws Error naming the model when a logit differs by more than 1e-4
 */
export async function verifiedExport(
  network: Network,
  size: number,
  weights: Weights,
  name: string,
): Promise<Uint8Array> {
  const bytes = exportNetwork(network, size, weights);
  const expected = await answers(encodeModel(unfoldedModel(network, size, weights)), size, false);
  rejectDifference(await answers(bytes, size, true), expected, name);
  return bytes;
}

/** @throws Error naming the model when a logit differs by more than 1e-4, or is no number */
export function rejectDifference(got: Float32Array, expected: Float32Array, name: string): void {
  let apart = 0;
  for (const [i, logit] of expected.entries()) {
    const difference = Math.abs(got[i]! - logit) / Math.max(1, Math.abs(logit));
    // What is no number is further apart than any other.
    apart = Number.isNaN(difference) ? Infinity : Math.max(apart, difference);
  }
  if (apart > TOLERANCE)
    throw new Error(
      `${name} was not written: exported, the network answers otherwise than as it was trained ` +
        `(logits differ by ${apart.toExponential(1)}, more than ${TOLERANCE})`,
    );
}
