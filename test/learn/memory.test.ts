/** Training for long takes no more memory than training for short: measured over many small epochs of a real run. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryUsage } from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { train } from '../../src-main/learn/train';
import { drawFaces } from './drawn-faces';
import { quickTraining } from './quick-training';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-memory-'));
});
afterAll(() => rm(folder, { recursive: true }));

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is held: by JavaScript, with its buffers, and by the whole process, in megabytes. */
const held = () => {
  collectGarbage();
  const { heapUsed, external, rss } = memoryUsage();
  return { javascript: (heapUsed + external) / 1e6, resident: rss / 1e6 };
};

test('memory stays level over epochs: steps, validation, checkpoints', async () => {
  const data = await drawFaces(join(folder, 'faces'), 12);
  const after: ReturnType<typeof held>[] = [];
  const report = { text: () => undefined, onStep: () => undefined, onEpoch: () => void after.push(held()) };
  const run = { data: [data], out: join(folder, 'run'), epochs: 26, images: 16 };
  await train(quickTraining({ ...run, report }));
  // The first epochs fill what is kept: decoded pictures, arenas, compiled code. The least of several, as memory is
  // given back when the runtime and the system care to.
  const least = (of: keyof ReturnType<typeof held>, from: number, to: number) =>
    Math.min(...after.slice(from, to).map((epoch) => epoch[of]));
  const grown = (of: keyof ReturnType<typeof held>) => least(of, 20, 26) - least(of, 8, 14);
  // A copy of the weights an epoch would be 20 MB, a session that is not released 60.
  expect(grown('javascript')).toBeLessThan(2);
  expect(grown('resident')).toBeLessThan(12);
});
