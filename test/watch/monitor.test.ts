/** The whole watch on a real network whose answer can be read off a crop's colour: counts, events, figures. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Frame, MaskClass, Settings, VerdictEvent } from '../../src-main/api';
import type { Box } from '../../src-main/geometry';
import { seeded } from '../../src-main/random';
import { DEFAULT_SETTINGS } from '../../src-main/store/settings';
import { openClassifier, type Classifier } from '../../src-main/watch/classifier';
import { Monitor } from '../../src-main/watch/monitor';
import type { Departure } from '../../src-main/watch/visits';
import { colourModel, testCard, writeModel } from './models';
import { recovered } from '../recovery';
import { faceAt, PICTURE, WHOLE } from './scenes';

const SIZE = 32;
const START = 1_790_000_000_000;
const COLOURS: Record<MaskClass, [number, number, number]> = {
  correct: [200, 80, 80],
  incorrect: [80, 200, 80],
  none: [80, 80, 200],
};

let folder: string;
let classifier: Classifier;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-monitor-'));
  const card = testCard(SIZE, { name: 'colours' });
  classifier = await openClassifier({
    model: await writeModel(folder, colourModel(SIZE, 1), card),
    provider: 'cpu',
  });
});
afterAll(async () => {
  await classifier.close();
  await rm(folder, { recursive: true });
});

/** A face to show: how it wears its mask, where, and whether its crop is blurred. */
interface Shown {
  as: MaskClass;
  box?: Box;
  blurred?: boolean;
}

const noise = seeded(1);

function frameOf(id: number, ms: number, shown: Shown[]): Frame {
  const crops = new Uint8Array(shown.length * SIZE * SIZE * 3);
  for (const [i, { as, blurred }] of shown.entries())
    for (let pixel = 0; pixel < SIZE * SIZE; pixel++) {
      const grain = blurred ? 0 : (noise() - 0.5) * 100;
      for (const [c, value] of COLOURS[as].entries())
        crops[(i * SIZE * SIZE + pixel) * 3 + c] = value + grain;
    }
  const faces = shown.map(({ box }, i) => ({ box: box ?? faceAt(200 + 300 * i, 300, 100), score: 0.9 }));
  return { id, time: START + ms, ...PICTURE, regions: [WHOLE], faces, crops };
}

function watch(changes: Partial<Settings> = {}, judge = classifier) {
  const settings = { ...DEFAULT_SETTINGS, ...changes };
  const monitor = new Monitor({ classifier: () => judge, settings: () => settings });
  const events: VerdictEvent[] = [];
  monitor.on('verdict', (event) => events.push(event));
  let id = 0;
  /** Shows the same faces for some seconds at 10 frames a second, from a second on. */
  const show = async (from: number, to: number, shown: Shown[]) => {
    let look;
    for (let ms = from * 1000; ms < to * 1000; ms += 100) look = await monitor.look(frameOf(id++, ms, shown));
    return look!;
  };
  return { monitor, settings, events, show };
}

it('a face that is not there when frames come again went when they ended, and who stands there then is another', async () => {
  const { monitor, show } = watch();
  const gone: Departure[] = [];
  monitor.on('gone', (departure) => gone.push(departure));
  const shown: Shown[] = [{ as: 'none' }];
  const [before] = (await show(0, 3, shown)).tracks;
  const [after] = (await show(1200, 1203, shown)).tracks;
  expect(after!.id).not.toBe(before!.id);
  expect(gone).toHaveLength(1);
  const [{ at, lasted }] = gone as [Departure];
  expect(at - START).toBeGreaterThanOrEqual(2900);
  expect(at - START).toBeLessThan(10_000);
  expect(lasted).toBeLessThan(10_000);
});

describe('a clock that is set while somebody is looked at', () => {
  const DAY = 86_400_000;
  it.each([
    ['back', -DAY],
    ['forward, by less than what a face may be away', 500],
  ])('%s costs nobody the verdict, and makes nobody another', async (which, jump) => {
    const { events, monitor, show } = watch();
    const shown: Shown[] = [{ as: 'none' }];
    const [before] = (await show(0, 3, shown)).tracks;
    const set = performance.now();
    const { tracks } = await monitor.look(frameOf(1000, 3000 + jump, shown));
    recovered(`clock set ${which}, until the next look is answered`, set);
    expect(tracks.map(({ id, verdict }) => [id, verdict])).toEqual([[before!.id, 'none']]);
    await show(3.1 + jump / 1000, 5 + jump / 1000, shown);
    expect(events).toHaveLength(1);
  });
});

describe('verdicts', () => {
  it('count their seconds from the camera’s start, however long the detector took to load', async () => {
    const { events, show, monitor } = watch();
    monitor.cameraStarted(START - 2000);
    monitor.cameraStarted(START + 500); // It was lost and came back: the stream's beginning stays.
    await show(0, 1, [{ as: 'none' }]);
    expect(events[0]!.seconds).toBeCloseTo(2.4);
  });
  it('go by a film’s own time where every frame of it is looked at, however fast', async () => {
    const { monitor, events } = watch();
    monitor.cameraStarted(START - 2000);
    // Ten seconds of film in one.
    for (let id = 0; id < 100; id++) await monitor.look(frameOf(id, id * 10, [{ as: 'none' }]), id * 100);
    expect(events[0]).toMatchObject({ seconds: 0.4, looks: 5, waitMs: 400 });
    const { frames, seconds, fps } = monitor.summary();
    expect([frames, seconds, fps]).toEqual([100, 0.99, 100]);
  });
  it('need the confidence that the card asks for, moved by the operator’s strictness', async () => {
    const asking = (below: number): typeof classifier => ({
      ...{ provider: classifier.provider, classify: classifier.classify.bind(classifier) },
      ...{ close: classifier.close.bind(classifier), why: null },
      card: { ...classifier.card, unsure: { below, withheld: 0.1, wrongBelow: 0.4, wrongAbove: 0.02 } },
    });
    const verdict = async (below: number, verdictThreshold = DEFAULT_SETTINGS.verdictThreshold) => {
      const { show } = watch({ verdictThreshold }, asking(below));
      return (await show(0, 2, [{ as: 'none' }])).tracks[0]!;
    };
    const { probabilities } = await verdict(0.4);
    const sure = probabilities.none;
    expect((await verdict(sure - 0.02)).verdict).toBe('none');
    expect((await verdict(sure + 0.02)).verdict).toBe('unsure');
    expect((await verdict(sure + 0.02, 0.5)).verdict).toBe('none');
    expect((await verdict(sure - 0.02, 0.7)).verdict).toBe('unsure');
  });
  it('all three are told apart, told once and counted once', async () => {
    const { events, show, monitor } = watch();
    const { tracks, counts } = await show(0, 3, [{ as: 'none' }, { as: 'correct' }, { as: 'incorrect' }]);
    expect(tracks.map(({ verdict }) => verdict)).toEqual(['none', 'correct', 'incorrect']);
    expect(counts).toEqual({ correct: 1, incorrect: 1, none: 1 });
    expect(monitor.counts).toEqual(counts);
    expect(events.map(({ verdict, before }) => [verdict, before])).toEqual([['none', null], ['correct', null], ['incorrect', null]]); // prettier-ignore
    // looksNeeded is 5: the fifth frame, at 0.4 s.
    expect(events[0]).toMatchObject({
      type: 'verdict',
      seconds: 0.4,
      at: new Date(START + 400).toISOString(),
      track: 1,
      looks: 5,
    });
    expect(events[0]!.probabilities.none).toBeGreaterThan(0.6);
  });

  it('a mask pulled down moves the count, with an event that says what was before', async () => {
    const { events, show } = watch();
    await show(0, 2, [{ as: 'correct' }]);
    const { counts } = await show(2, 4, [{ as: 'none' }]);
    expect(counts).toEqual({ correct: 0, incorrect: 0, none: 1 });
    expect(events.map(({ verdict, before, track }) => [verdict, before, track])).toEqual([
      ['correct', null, 1],
      ['none', 'correct', 1],
    ]);
    expect(events[1]!.seconds).toBeLessThanOrEqual(3);
  });

  it('a face that left and one that comes are two', async () => {
    const { show, monitor } = watch();
    await show(0, 1, [{ as: 'none' }]);
    await show(1, 3, []);
    await show(3, 4, [{ as: 'none' }]);
    expect(monitor.counts.none).toBe(2);
    expect(monitor.summary().faces).toBe(2);
  });

  it('too small or blurred stays unsure, and is not counted', async () => {
    const { show, events } = watch();
    const { tracks, counts } = await show(0, 3, [
      { as: 'none', box: faceAt(100, 100, 20) },
      { as: 'none', blurred: true },
    ]);
    expect(tracks.map(({ verdict, looks }) => [verdict, looks])).toEqual([['unsure', 0], ['unsure', 0]]); // prettier-ignore
    expect(counts).toEqual({ correct: 0, incorrect: 0, none: 0 });
    expect(events).toEqual([]);
  });

  it('settings count from the next frame', async () => {
    const { show, settings } = watch({ looksNeeded: 30 });
    expect((await show(0, 2, [{ as: 'none' }])).tracks[0]!.verdict).toBe('unsure');
    settings.looksNeeded = 5;
    expect((await show(2, 2.1, [{ as: 'none' }])).tracks[0]!.verdict).toBe('none');
  });

  it('faces in another order keep theirs', async () => {
    const { show } = watch();
    const [left, right]: Shown[] = [
      { as: 'none', box: faceAt(200, 300, 100) },
      { as: 'correct', box: faceAt(800, 300, 100) },
    ];
    await show(0, 1, [left!, right!]);
    const { tracks, counts } = await show(1, 2, [right!, left!]);
    expect(tracks.map(({ id, verdict }) => [id, verdict])).toEqual([[1, 'none'], [2, 'correct']]); // prettier-ignore
    expect(counts).toEqual({ correct: 1, incorrect: 0, none: 1 });
  });
});

describe('frames', () => {
  it('whose crops are not one a face are refused in a sentence, and harm nothing', async () => {
    const { monitor, show } = watch();
    await show(0, 1, [{ as: 'none' }]);
    const short = frameOf(77, 1000, [{ as: 'none' }]);
    await expect(monitor.look({ ...short, crops: short.crops.slice(1) })).rejects.toThrow(
      'frame 77 has 3071 bytes of crops; 1 faces of 32×32×3 are 3072',
    );
    await expect(monitor.look({ ...short, faces: [] })).rejects.toThrow('3072 bytes of crops; 0 faces');
    await expect(monitor.look({ ...short, time: 1e300 })).rejects.toThrow('not a date');
    expect(monitor.summary().frames).toBe(10);
    expect((await show(1, 1.1, [{ as: 'none' }])).tracks[0]).toMatchObject({ id: 1, verdict: 'none' });
  });

  it('late or repeated change nothing; ids that start again after a reload do not matter', async () => {
    const { monitor, show } = watch();
    const before = await show(0, 1, [{ as: 'none' }]);
    const late = await monitor.look(frameOf(3, 300, [{ as: 'correct', box: faceAt(900, 300, 80) }]));
    expect(late).toEqual({ ...before, id: 3 });
    const again = await monitor.look(frameOf(0, 1000, [{ as: 'none' }]));
    expect(again.tracks[0]).toMatchObject({ id: 1, looks: 11 });
    expect(monitor.summary().frames).toBe(11);
  });

  it('sent at once are taken in the order they came', async () => {
    const { monitor } = watch();
    const frames = Array.from({ length: 10 }, (_, i) => frameOf(i, i * 100, [{ as: 'none' }]));
    const looks = await Promise.all(frames.map((frame) => monitor.look(frame)));
    expect(looks.map(({ tracks }) => tracks[0]!.looks)).toEqual(frames.map((_, i) => i + 1));
  });

  it('with no face, or 64, are answered', async () => {
    const { monitor } = watch();
    expect(await monitor.look(frameOf(0, 0, []))).toEqual({
      id: 0,
      tracks: [],
      counts: { correct: 0, incorrect: 0, none: 0 },
    });
    const crowd = Array.from({ length: 64 }, (_, i): Shown => ({
      as: 'correct',
      box: faceAt(40 + 75 * (i % 16), 80 + 150 * (i >> 4), 60),
    }));
    expect((await monitor.look(frameOf(1, 100, crowd))).tracks).toHaveLength(64);
  });
});

describe('the summary', () => {
  it('tells frames, faces, verdicts and verdict ages', async () => {
    const { monitor, show } = watch();
    await show(0, 3.1, [{ as: 'none' }, { as: 'correct' }]);
    // A face of two frames is no face yet.
    await show(3.1, 3.3, [{ as: 'none' }, { as: 'correct' }, { as: 'incorrect' }]);
    const ages = Array.from({ length: 100 }, (_, i) => i + 1.4);
    monitor.measured({ cameraFrames: 99, frames: 33, seconds: 3.3, ages, detectMs: [] });
    expect(monitor.summary()).toEqual({
      type: 'summary',
      frames: 33,
      cameraFrames: 99,
      seconds: 3.2,
      fps: 10,
      cameraFps: 30,
      faces: 2,
      verdicts: { correct: 1, incorrect: 0, none: 1 },
      latencyMs: { p50: 51, p95: 96 },
      provider: 'cpu',
      model: 'colours',
      why: 'as asked for',
    });
  });

  it('before anything was seen is all zero', () => {
    const { monitor } = watch();
    expect(monitor.summary()).toMatchObject({
      frames: 0,
      seconds: 0,
      fps: 0,
      cameraFps: 0,
      faces: 0,
      latencyMs: null,
    });
  });

  it('does not count the time in which no frames came', async () => {
    const { monitor, show } = watch();
    await show(0, 1, []);
    await show(60, 61, []);
    expect(monitor.summary().seconds).toBeCloseTo(1.8);
  });
});
