/** The detector learns: eight drawn scenes by heart, and what it then says is read as it is in use. */
import { expect, test } from 'vitest';
import { MASK_CLASSES } from '../../../src-main/api';
import { adamW } from '../../../src-main/autograd/optimiser';
import { initialWeights, inventory } from '../../../src-main/autograd/scope';
import { TrainStep } from '../../../src-main/autograd/train-step';
import { IMAGENET, plainView } from '../../../src-main/data/augment';
import { Detector } from '../../../src-main/detect/detector';
import { detectionMetrics } from '../../../src-main/learn/detect/average-precision';
import { detectionLoss } from '../../../src-main/learn/detect/objective';
import { targetsOf } from '../../../src-main/learn/detect/targets';
import { exportDetector } from '../../../src-main/nets/export';
import { oneShot } from '../../../src-main/nets/oneshot';
import { seeded } from '../../../src-main/random';
import { drawScene } from './drawn-scenes';

test('eight scenes are learnt by heart', { timeout: 120_000 }, async () => {
  const [size, batch] = [96, 8];
  const network = oneShot({
    widths: [16, 24, 32, 32],
    blocks: [0, 1, 1, 1],
    neck: 24,
    head: 24,
    classes: MASK_CLASSES.length,
  });
  const scenes = await Promise.all(Array.from({ length: batch }, (_, i) => drawScene(i, size)));
  const images = new Float32Array(batch * 3 * size * size);
  const length = 3 * size * size;
  scenes.forEach(({ picture }, i) => plainView(picture, images.subarray(i * length, (i + 1) * length), size));
  const options = { batch, size };
  const step = await TrainStep.create({
    network,
    batch,
    size,
    loss: detectionLoss(options),
    optimiser: adamW({ decay: 0.01 }),
    weights: initialWeights(inventory(network, size), seeded(1)),
    clip: 10,
  });
  const extra = targetsOf(
    scenes.map(({ faces }) => faces),
    options,
    [1, 1, 1],
  );
  for (let i = 0; i < 70; i++)
    await step.run({
      images,
      extra,
      rate: 4e-3 * Math.min(1, (i + 1) / 10),
      keep: 0.9,
      random: seeded(2, i),
    });
  const weights = step.weights(true);
  await step.release();

  const input = { size, mean: [...IMAGENET.mean], std: [...IMAGENET.std] };
  const model = exportDetector(network, size, weights);
  const detector = await Detector.ofBytes(model, { name: 'drawn', input });
  const results = [];
  for (const { picture, faces } of scenes)
    results.push({ found: await detector.find(picture.data, picture, 0.05), faces });
  await detector.release();
  const { faceAp50, map50 } = detectionMetrics(results);
  expect(faceAp50).toBeGreaterThan(0.95);
  expect(map50).toBeGreaterThan(0.9);
});
