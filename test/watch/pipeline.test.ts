/** Which pipeline runs, and frames through the one-shot one, up to tracks with verdicts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Frame } from '../../src-main/api';
import { DEFAULT_SETTINGS } from '../../src-main/store/settings';
import { Monitor, type SeenLook } from '../../src-main/watch/monitor';
import { autoChoice, writeEvidence, type Evidence } from '../../src-main/watch/auto';
import { Pipeline } from '../../src-main/watch/pipeline';
import { SIZE, constantDetector, untrainedDetector } from '../detect/constant-model';
import { testCard } from './models';

async function settingsFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'maskwatch-pipeline-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The one-shot pipeline with the constant detector. */
async function opened(): Promise<Pipeline> {
  const pipeline = await Pipeline.open('one-shot', {
    model: await constantDetector(),
    folder: await settingsFolder(),
  });
  onTestFinished(() => pipeline.close());
  return pipeline;
}

/** Side of the crops that the classifier takes, which has nothing to do here. */
const CROP = 32;
const watch = (pipeline: Pipeline): Monitor =>
  new Monitor({
    classifier: () => ({
      card: testCard(CROP),
      provider: { name: 'cpu', reason: '', fellBack: false },
      classify: () => Promise.reject(new Error('no crop is to be classified')),
    }),
    settings: () => DEFAULT_SETTINGS,
    pipeline: () => pipeline,
  });

/** A frame whose right half is looked at, square, twice as large as the detector's picture. */
const frame = (id: number, side = SIZE): Frame => ({
  id,
  time: 1_700_000_000_000 + id * 100,
  width: 400,
  height: 200,
  regions: [[200, 8, 192, 192]],
  faces: [],
  crops: new Uint8Array(0),
  picture: { width: side, height: side, data: new Uint8Array(side * side * 3) },
});

describe('one-shot', () => {
  it('gives faces in frame pixels with their probabilities', async () => {
    const pipeline = await opened();
    expect(pipeline.status).toEqual({ name: 'one-shot', reason: 'asked for', takes: { size: SIZE } });
    const judged = await pipeline.judge(frame(1), 0.3);
    expect(judged!.faces).toHaveLength(1);
    // From 24 to 56 across and 8 to 40 down of the picture, which shows the region at half its size.
    judged!.faces[0]!.box.forEach((value, k) => expect(value).toBeCloseTo([248, 24, 64, 64][k]!, 3));
    expect(judged!.probabilities[0]!.incorrect).toBeGreaterThan(0.99);
    expect((await pipeline.judge(frame(2), 0.99))!.faces).toEqual([]);
  });

  it('leads to a verdict, and passes over frames made for two stages', async () => {
    const pipeline = await opened();
    const monitor = watch(pipeline);
    for (let id = 0; id < 12; id++) await monitor.look(frame(id));
    const stale = frame(12);
    delete stale.picture;
    const look = await monitor.look(stale);
    expect(look.tracks.map(({ verdict }) => verdict)).toEqual(['incorrect']);
    expect(look.counts).toEqual({ correct: 0, incorrect: 1, none: 0 });
    expect(monitor.summary()).toMatchObject({ model: 'constant', provider: 'cpu', frames: 12, faces: 1 });
  });

  it('brings the crops of its faces, cut out of the picture it was sent', async () => {
    const monitor = watch(await opened());
    const looks: SeenLook[] = [];
    monitor.on('seen', (look) => looks.push(look));
    const sent = frame(0);
    // The face lies from 24 to 56 across and 8 to 40 down, and with its margin from 15 to 65 and 0 to 49.
    const { data } = sent.picture!;
    for (let y = 0; y < 50; y++)
      for (let x = 15; x < 65; x++) data[(y * SIZE + x) * 3 + (x < 40 ? 0 : 2)] = 255;
    await monitor.look(sent);
    const [look] = looks;
    expect(look).toMatchObject({ size: CROP, model: 'constant', changed: false });
    const crop = look!.crop();
    const pixel = (x: number, y: number) => [...crop.subarray((y * CROP + x) * 3, (y * CROP + x) * 3 + 3)];
    expect(crop).toHaveLength(CROP * CROP * 3);
    expect([pixel(4, 4), pixel(4, 27), pixel(27, 4), pixel(27, 27)]).toEqual([
      [255, 0, 0],
      [255, 0, 0],
      [0, 0, 255],
      [0, 0, 255],
    ]);
    // Two flat halves are sharp enough to be looked at; a picture of nothing is worth nothing.
    expect(look!.quality()).toBeGreaterThan(0.2);
    await monitor.look(frame(1));
    expect(looks[1]!.quality()).toBe(0);
  });

  it('refuses a picture of another size in one sentence', async () => {
    const pipeline = await opened();
    await expect(pipeline.judge(frame(7, 64), 0.3)).rejects.toThrow(
      'frame 7 has a picture of 64×64, not 96×96',
    );
  });

  it('that cannot be had is an error when asked for, and two stages with auto', async () => {
    const options = { model: '/nowhere/oneshot.onnx', folder: await settingsFolder() };
    await expect(Pipeline.open('one-shot', options)).rejects.toThrow(/cannot read the detector's card/);
    const { status } = await Pipeline.open('auto', options);
    expect(status).toMatchObject({ name: 'two-stage', takes: null });
    expect(status.reason).toMatch(/nowhere/);
  });
});

describe('auto', () => {
  const evidence: Evidence = {
    version: 1,
    of: 'frames',
    scenes: 40,
    twoStage: 0.7,
    oneShot: 0.75,
    model: 'constant',
  };

  it.each([
    ['nothing was compared', null, 5, 'two-stage'],
    ['another detector was compared', { ...evidence, model: 'other' }, 5, 'two-stage'],
    ['two stages were better', { ...evidence, oneShot: 0.6 }, 5, 'two-stage'],
    ['it is too slow', evidence, 80, 'two-stage'],
    ['it was at least as good and is fast enough', { ...evidence, oneShot: 0.7 }, 5, 'one-shot'],
  ] as const)('where %s', (_, given, ms, name) => {
    const choice = autoChoice(given, 'constant', ms);
    expect(choice.name).toBe(name);
    expect(choice.reason.length).toBeGreaterThan(10);
  });

  it('goes by the comparison that is kept beside the settings', async () => {
    const folder = await settingsFolder();
    const model = await untrainedDetector();
    const status = async () => {
      const pipeline = await Pipeline.open('auto', { model, folder });
      await pipeline.close();
      return pipeline.status;
    };
    expect((await status()).reason).toMatch(/has not been compared/);
    await writeEvidence(folder, evidence);
    // A busy machine may find it too slow; it has read the comparison either way.
    expect((await status()).reason).toMatch(/mAP@0\.5 0\.75 against 0\.70|ms a frame here/);
  });
});
