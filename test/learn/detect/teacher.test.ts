/** A larger one-shot network as a teacher: what it gives, and files that cannot teach. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { shippedDetector, shippedModel } from '../../../src-main/cli/options';
import { placesOf } from '../../../src-main/detect/places';
import { openDetectorTeacher } from '../../../src-main/learn/detect/teacher';
import { trainDetector } from '../../../src-main/learn/detect/train-detector';
import { writeScenes } from './drawn-scenes';

it('says of each place of each picture what its network says', async () => {
  const teacher = await openDetectorTeacher(shippedDetector(), 1);
  onTestFinished(() => teacher.release());
  const [batch, size] = [2, 96];
  const length = 3 * size * size;
  const images = Float32Array.from({ length: batch * length }, (_, i) => (i < length ? 0 : Math.sin(i)));
  const numbers = await teacher.numbers(images, batch, size);
  const each = 8 * placesOf(size, size).count;
  expect(numbers).toHaveLength(batch * each);
  const alone = await teacher.numbers(images.subarray(length), 1, size);
  expect([...numbers.subarray(each)].every((x, i) => Math.abs(x - alone[i]!) < 1e-3)).toBe(true);
});

it.each([
  ['a network of crops', shippedModel(), /student\.onnx is no one-shot network to learn from/],
  ['a file that is not there', 'nowhere.onnx', /nowhere\.onnx is no one-shot network to learn from/],
])('is refused before anything else is done where it is %s', async (_, teacher, sentence) => {
  const folder = await mkdtemp(join(tmpdir(), 'maskwatch-teacher-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeScenes(folder, 2, 64);
  const told: string[] = [];
  const nothing = () => undefined;
  const run = trainDetector({
    arch: 'oneshot',
    data: [folder],
    out: join(folder, 'run'),
    about: {},
    epochs: 1,
    images: 16,
    seed: 1,
    threads: 1,
    workers: 1,
    teacher,
    resume: false,
    signal: new AbortController().signal,
    command: 'train',
    report: { text: (line) => told.push(line), onStep: nothing, onEpoch: nothing },
  });
  await expect(run).rejects.toThrow(sentence);
  expect(told).toEqual([]);
});
