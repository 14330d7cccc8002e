/**
 * What a frame of four faces costs beside the network: sharpness, tracking, policy. Run with
 * `npx vitest bench --config test/vitest.config.ts --project node`. The network's answer is stood in for by a
 * constant, so that what is left is ours.
 */
import { bench, describe } from 'vitest';
import type { Frame } from '../../src-main/api';
import { DEFAULT_SETTINGS } from '../../src-main/store/settings';
import { CropNormaliser } from '../../src-main/watch/crops';
import { Monitor } from '../../src-main/watch/monitor';
import { randomCrops, testCard } from '../watch/models';
import { faceAt, PICTURE, WHOLE } from '../watch/scenes';

const SIZE = 112;
const card = testCard(SIZE);

for (const faces of [4, 64])
  describe(`${faces} faces`, () => {
    const crops = randomCrops(faces, SIZE);
    const sure = Array.from({ length: faces }, () => ({ correct: 0.9, incorrect: 0.05, none: 0.05 }));
    const monitor = new Monitor({
      classifier: () => ({
        card,
        provider: { name: 'cpu', reason: '', fellBack: false },
        classify: () => Promise.resolve(sure),
      }),
      settings: () => DEFAULT_SETTINGS,
    });
    let id = 0;
    const frame = (): Frame => ({
      id: id++,
      time: 1_790_000_000_000 + id * 33,
      ...PICTURE,
      regions: [WHOLE],
      faces: Array.from({ length: faces }, (_, i) => ({
        box: faceAt(40 + 75 * (i % 16) + Math.sin(id / 10) * 9, 80 + 150 * (i >> 4), 60),
        score: 0.9,
      })),
      crops,
    });
    const normaliser = new CropNormaliser(card.input);

    bench('Monitor.look without the network', async () => {
      await monitor.look(frame());
    });
    bench('normalising the crops', () => {
      normaliser.normalise(crops, 0, faces);
    });
  });
