/** Scenes labelled by a network: what it is sure of, what it is not, and what comes out can be read as scenes. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it, onTestFinished } from 'vitest';
import { labelCommand, labelOf } from '../../src-main/cli/label';
import { readScenes } from '../../src-main/data/scenes';
import type { Box } from '../../src-main/geometry';
import { SIZE, constantDetector } from '../detect/constant-model';

it.each([
  ['a class where it is sure', 0.8, { correct: 0.97, incorrect: 0.02, none: 0.01 }, 'correct'],
  ['a face where it is not', 0.8, { correct: 0.6, incorrect: 0.3, none: 0.1 }, 'face'],
  ['nothing to learn where it may be none', 0.3, { correct: 0.99, incorrect: 0, none: 0.01 }, 'ignore'],
] as const)('gives %s', (_, score, probabilities, label) => {
  expect(labelOf({ box: [0, 0, 9, 9] satisfies Box, score, probabilities }, 0.6, 0.95)).toBe(label);
});

it('writes photos with their boxes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'maskwatch-label-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const photo = join(folder, 'door.png');
  const background = { r: 90, g: 90, b: 90 };
  await sharp({ create: { width: SIZE, height: SIZE, channels: 3, background } }).toFile(photo);
  const out = join(folder, 'scenes');
  const detector = await constantDetector();
  const options = ['--pipeline', 'one-shot', '--detector', detector, '--out', out];
  await labelCommand().parseAsync([photo, ...options], { from: 'user' });
  expect(await readScenes(out)).toEqual([
    { file: join(out, 'door.png'), photo: 'door', faces: [{ box: [24, 8, 32, 32], label: 'incorrect' }] },
  ]);
});
