/** Detectors of ours that give the same whatever they are shown: for all that happens around a detector. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { add, mul, reduceSum } from '../../src-main/autograd/functions';
import { Graph } from '../../src-main/autograd/graph';
import { initialWeights, inventory } from '../../src-main/autograd/scope';
import type { DetectorCard } from '../../src-main/detect/card';
import { placesOf } from '../../src-main/detect/places';
import { exportDetector } from '../../src-main/nets/export';
import { oneShot } from '../../src-main/nets/oneshot';
import { encodeModel } from '../../src-main/onnx/encode';
import { seeded } from '../../src-main/random';

/** Side of its pictures, all square. */
export const SIZE = 96;

export const CARD: DetectorCard = {
  name: 'constant',
  architecture: 'one that always sees the same',
  parameters: 1,
  date: '2026-01-01',
  classes: ['correct', 'incorrect', 'none'],
  input: { size: SIZE, mean: [0, 0, 0], std: [1, 1, 1] },
  data: [],
  metrics: [],
  weaknesses: [],
  commands: [],
};

/** Writes a small untrained network of ours, which takes pictures of any shape, with its card. */
export async function untrainedDetector(): Promise<string> {
  const options = { widths: [8, 8, 8, 8], blocks: [0, 0, 0, 0], neck: 8, head: 8, classes: 3 } as const;
  const network = oneShot(options);
  return written(exportDetector(network, SIZE, initialWeights(inventory(network, SIZE), seeded(1))));
}

async function written(model: Uint8Array): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'maskwatch-detector-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'constant.onnx');
  await writeFile(path, model);
  await writeFile(path.replace('.onnx', '.json'), JSON.stringify(CARD));
  return path;
}

/**
 * Writes a model (with its card) that sees one face of 32 by 32 pixels, worn incorrectly, about (40, 24) of its picture.
 * @param face logit of its being a face
 */
export async function constantDetector(face = 3): Promise<string> {
  const { count, x, y, stride } = placesOf(SIZE, SIZE);
  const at = x.findIndex((value, i) => stride[i] === 16 && value === 40 && y[i] === 24);
  const numbers = new Float32Array(8 * count).fill(-9);
  [0, 0, Math.log(2), Math.log(2), face, -9, 5, -9].forEach(
    (value, row) => (numbers[row * count + at] = value),
  );
  const graph = new Graph();
  const images = graph.input('images', [1, 3, SIZE, SIZE]);
  const found = add(graph.constant(numbers, [1, 8, count]), mul(reduceSum(images, [0, 1, 2, 3]), 0));
  return written(encodeModel(graph.toModel({ found })));
}
