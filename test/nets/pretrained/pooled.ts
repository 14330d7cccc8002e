/** The pooled features that a network computes of a formula's picture: what golden values are compared with. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { Graph } from '../../../src-main/autograd/graph';
import { sizeOf } from '../../../src-main/autograd/operators/operator';
import type { Network, ParameterSpec, Weights } from '../../../src-main/autograd/scope';
import { IMAGENET } from '../../../src-main/data/augment';
import { encodeModel } from '../../../src-main/onnx/encode';

/** Channel c, 0 to 255, of the picture the golden values were made with. */
const pixel = (x: number, y: number, c: number) =>
  127.5 + 90 * Math.sin(x / (5 + 2 * c) + c) * Math.cos(y / (7 - c)) + 30 * Math.sin((x + y) / 3);

/** @param weights all but the head's @param size side of the picture in pixels */
export async function pooled(network: Network, weights: Weights, size: number): Promise<Float32Array> {
  const graph = new Graph();
  const stored = ({ name, shape }: Pick<ParameterSpec, 'name' | 'shape'>) =>
    graph.constant(weights[name] ?? new Float32Array(sizeOf(shape)), shape, name);
  const none = () => {
    throw new Error('not asked for');
  };
  const scope = { graph, training: false, parameter: stored, buffer: stored, update: none, random: none };
  network(scope, graph.input('images', [1, 3, size, size]));
  const pool = graph.tape.find(({ op }) => op === 'GlobalAveragePool')!.outputs[0]!;
  const session = await InferenceSession.create(encodeModel(graph.toModel({ pool })));
  const image = new Float32Array(3 * size * size);
  for (let c = 0; c < 3; c++)
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++)
        image[(c * size + y) * size + x] = (pixel(x, y, c) / 255 - IMAGENET.mean[c]!) / IMAGENET.std[c]!;
  const feeds = { images: new Tensor('float32', image, [1, 3, size, size]) };
  const values = (await session.run(feeds))['pool']!.data as Float32Array;
  await session.release();
  return values;
}
