/** Reports of runs: what is counted, what is said of damaged folders, and the page as Chromium opens it. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { chromium } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Robustness } from '../../src-main/api';
import type { Prediction } from '../../src-main/learn/predictions';
import {
  type Report,
  type Run,
  makeReport,
  readDetectorRuns,
  readRuns,
  writeReport,
} from '../../src-main/learn/report';
import { mistakesOf, reliabilityOf } from '../../src-main/learn/report/report-data';
import { train } from '../../src-main/learn/train';
import { findBrowser } from '../../src-main/setup/find-browser.mjs';
import { untrainedDetector } from '../detect/constant-model';
import { finished } from '../e2e/command';
import { drawFaces } from './drawn-faces';
import { quickTraining } from './quick-training';

let folder: string;
let run: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskwatch-report-'));
  const data = await drawFaces(join(folder, 'drawn'), 20);
  run = join(folder, 'a<b> & "c"');
  await train(quickTraining({ data: [data], out: run }));
});
afterAll(() => rm(folder, { recursive: true }));

/** A copy of the run to damage. */
async function copied(name: string): Promise<string> {
  const out = join(folder, name);
  await cp(run, out, { recursive: true });
  return out;
}

describe('predictions', () => {
  const said = (truth: Prediction['truth'], ...probabilities: Prediction['probabilities']): Prediction => ({
    ...{ file: '/p/correct/1.png', set: 'drawn', split: 'test', truth, probabilities },
  });
  const four = [
    said('correct', 1, 0, 0),
    said('none', 0.92, 0.06, 0.02),
    said('incorrect', 0.3, 0.25, 0.45),
    said('none', 0.2, 0.35, 0.45),
  ];
  test('are put in bins by confidence, the surest of all in the last', () => {
    const bins = reliabilityOf(four);
    expect(bins).toHaveLength(10);
    expect(bins[9]).toEqual({ from: 0.9, to: 1, n: 2, confidence: 0.96, accuracy: 0.5 });
    expect(bins[4]).toEqual({ from: 0.4, to: 0.5, n: 2, confidence: 0.45, accuracy: 0.5 });
    expect(bins[0]).toEqual({ from: 0, to: 0.1, n: 0, confidence: null, accuracy: null });
    expect(bins.reduce((sum, { n }) => sum + n, 0)).toBe(4);
  });
  test('that are wrong come with the least likely truth first', () => {
    expect(
      mistakesOf(four).map(({ truth, said: as, truthProbability }) => [truth, as, truthProbability]),
    ).toEqual([
      ['none', 'correct', 0.02],
      ['incorrect', 'none', 0.25],
    ]);
  });
});

describe('a report', () => {
  test('of a run and its distilled copy is a page, a JSON and a table', async () => {
    const taught = await copied('taught');
    const facts = JSON.parse(await readFile(join(taught, 'run.json'), 'utf8')) as object;
    await writeFile(
      join(taught, 'run.json'),
      JSON.stringify({ ...facts, teachers: [join(run, 'student.onnx')] }),
    );
    const out = join(folder, 'out');
    const { code, stdout, stderr } = await finished(
      ['report', run, taught, run, '--out', out, '--batch', '4', '--threads', '1', '--thumbnails', '--json'],
      folder,
    );
    expect([code, stderr.at(-1)]).toEqual([0, `wrote ${join(out, 'report.html')}`]);
    const report = JSON.parse(await readFile(join(out, 'report.json'), 'utf8')) as Report;
    expect(stdout.map((line) => JSON.parse(line) as unknown)).toEqual([report]);
    expect(report.runs.map(({ name }) => name)).toEqual(['a<b> & "c"', 'taught']);
    const [first, second] = report.runs;
    const card = JSON.parse(await readFile(join(run, 'student.json'), 'utf8')) as { parameters: number };
    expect(first).toMatchObject({ parameters: card.parameters, shareOfLargest: 1, size: 32, missing: [] });
    expect(first!.history).toHaveLength(2);
    expect(first!.speeds.find(({ provider }) => provider === 'cpu')!.cropsPerSecond).toBeGreaterThan(0);
    expect(second!.teachers.map(({ name }) => name)).toEqual(['a<b> & "c"']);
    // The run counted the same when it was measured as the report does from what it kept.
    const tested = first!.metrics.find(({ split }) => split === 'test')!;
    const bins = first!.reliability!.find(({ split }) => split === 'test')!.bins;
    expect(bins.reduce((sum, { n }) => sum + n, 0)).toBe(tested.n);
    expect(first!.mistakesInAll).toBe(Math.round(tested.n * (1 - tested.accuracy)));

    const table = (await readFile(join(out, 'report.md'), 'utf8'))
      .split('\n')
      .filter((line) => line.startsWith('|'));
    expect(table).toHaveLength(4);
    expect(new Set(table.map((line) => line.split('|').length)).size).toBe(1);
    expect(table[3]).toContain(`| ${card.parameters.toLocaleString('en-GB')} |`);
    await expectToOpen(join(out, 'report.html'));
  });

  test('shows no face unless asked, and says what an older folder lacks', async () => {
    const old = await copied('old');
    for (const name of ['history.json', 'run.json', 'predictions.jsonl']) await rm(join(old, name));
    const figures = (balancedAccuracy: number) => ({
      ...{ n: 60, balancedAccuracy, recall: { correct: 1, incorrect: null, none: 0.5 }, ece: 0.01 },
    });
    const robustness: Robustness = {
      ...{ n: 60, split: 'test', seed: 1, whole: figures(0.9) },
      slices: [{ slice: 'colour', value: 'grey', made: true, ...figures(0.7) }],
      corruptions: [1, 2].map((strength) => ({
        corruption: 'noise',
        strength,
        ...figures(0.9 - strength / 10),
      })),
    };
    const card = JSON.parse(await readFile(join(old, 'student.json'), 'utf8')) as object;
    await writeFile(join(old, 'student.json'), JSON.stringify({ ...card, robustness }));
    const page = await writeReport(makeReport(await readRuns([old, run])), join(folder, 'plain'), false);
    const html = await readFile(page, 'utf8');
    expect(html).not.toContain('<img');
    expect(html).toContain('colour: grey (made)');
    expect(html).toContain('<strong>70.0 %, weak</strong>');
    expect(html).toContain('over all 75.0 %');
    expect(html).toContain('70.0 % grey'); // The weakest slice, in the comparison.
    for (const name of ['history.json', 'run.json', 'predictions.jsonl'])
      expect(html).toContain(`Not in its folder: ${name}, so `);
    await expectToOpen(page);
  });
});

test('the best for their cost are those that no other is better and cheaper than', async () => {
  const [one] = await readRuns([run]);
  const as = (name: string, multiplyAdds: number | null, balancedAccuracy: number): Run => {
    // Test pictures, which choose nothing, say the opposite.
    const metrics = one!.card.metrics.map((entry) => ({
      ...entry,
      balancedAccuracy: entry.split === 'validation' ? balancedAccuracy : 1 - balancedAccuracy,
    }));
    return { ...one!, name, multiplyAdds, card: { ...one!.card, metrics } };
  };
  const runs = [as('a', 10, 0.8), as('b', 20, 0.9), as('c', 20, 0.85), as('d', 30, 0.9), as('e', null, 0.99)];
  const { runs: reported } = makeReport(runs);
  expect(reported.filter(({ frontier }) => frontier).map(({ name }) => name)).toEqual(['a', 'b']);
  expect(one!.multiplyAdds).toBeGreaterThan(1e5);
});

/** A one-shot network's run, as `train --arch oneshot` leaves it, with figures of its own. */
async function detectorRun(name: string): Promise<string> {
  const out = await copied(name);
  const model = await untrainedDetector();
  const [facts, card] = await Promise.all(
    [join(out, 'run.json'), model.replace('.onnx', '.json')].map(
      async (path) => JSON.parse(await readFile(path, 'utf8')) as object,
    ),
  );
  const ap50 = { correct: 0.81, incorrect: 0.62, none: 0.87 };
  const figures = {
    ...{ scenes: 40, faces: { correct: 30, none: 20 }, ap50, map50: 0.7667, map50MaskNoMask: 0.84 },
    ...{ map: 0.38, faceAp50: 0.88 },
    bySize: [{ from: 0, to: 16, faces: 9, faceAp50: 0.51, ap50 }],
  };
  const metrics = [
    { set: 'all', split: 'test', ...figures },
    { set: 'street', split: 'unseen', ...figures, map50: 0.4444 },
  ];
  const validation = { map50: 0.5, faceAp50: 0.6 };
  await cp(model, join(out, 'oneshot.onnx'));
  await writeFile(join(out, 'oneshot.json'), JSON.stringify({ ...card, metrics }));
  await writeFile(
    join(out, 'run.json'),
    JSON.stringify({ ...facts, network: 'oneshot', model: 'oneshot.onnx' }),
  );
  await writeFile(
    join(out, 'history.json'),
    JSON.stringify([0, 1, 2].map((epoch) => ({ epoch, trainLoss: 3 - epoch, validation, best: true }))),
  );
  return out;
}

test('one-shot networks stand on the same page, by class, size of face and milliseconds a frame', async () => {
  const detector = await detectorRun('detector');
  const out = join(folder, 'both');
  const { code } = await finished(['report', run, detector, '--out', out, '--threads', '1'], folder);
  expect(code).toBe(0);
  const made = JSON.parse(await readFile(join(out, 'report.json'), 'utf8')) as Report;
  expect(made.runs.map(({ network }) => network)).toEqual(['student']);
  expect(made.detectors).toMatchObject([{ name: 'detector', network: 'oneshot', parameters: 1, size: 96 }]);
  expect(made.detectors[0]!.msPerFrame).toBeGreaterThan(0);
  const html = await readFile(join(out, 'report.html'), 'utf8');
  for (const shown of [
    '2 runs compared',
    '76.7 %',
    '62.0 %',
    '0 to 16 px',
    '51.0 %',
    'unseen, street',
    '44.4 %',
  ])
    expect(html).toContain(shown);
  expect(await readFile(join(out, 'report.md'), 'utf8')).toMatch(
    /\| detector \| oneshot \| 1 \| 96² \| 40 \| 76\.7 % \|/,
  );
  await expectToOpen(join(out, 'report.html'));
  const alone = await writeReport(
    makeReport([], {}, await readDetectorRuns([detector])),
    join(folder, 'alone'),
    false,
  );
  expect(await readFile(alone, 'utf8')).toContain('<h1>Run detector</h1>');
});

describe('one sentence', () => {
  test.each([
    ['history.json', '[{"epoch":', /history\.json is not JSON: /],
    ['history.json', '[{"epoch":"1"}]', /history\.json is not valid: 0\.epoch: /],
    ['run.json', '{}', /run\.json is not valid: /],
    ['predictions.jsonl', 'no\n', /predictions\.jsonl is damaged: line 1 is not a prediction$/],
    ['student.json', '{}', /student\.json/],
  ])('names a damaged %s (%s)', async (name, text, sentence) => {
    const damaged = await copied('damaged');
    await writeFile(join(damaged, name), text);
    await expect(readRuns([run, damaged])).rejects.toThrow(sentence);
  });
  test('names a one-shot network’s damaged card', async () => {
    const detector = await detectorRun('broken');
    await writeFile(join(detector, 'oneshot.json'), '{}');
    await expect(readDetectorRuns([detector])).rejects.toThrow(/card .*oneshot\.json is not valid: /);
  });
  test('names what is no run, and nothing is written', async () => {
    await expect(readRuns([join(folder, 'drawn')])).rejects.toThrow(
      `${join(folder, 'drawn')} is no run's folder: it holds no model with a card beside it`,
    );
    const out = join(folder, 'never');
    const { code, stderr } = await finished(['report', join(folder, 'gone'), '--out', out], folder);
    expect([code, stderr]).toEqual([1, [`maskwatch: there is no folder ${join(folder, 'gone')}`]]);
    await expect(readFile(join(out, 'report.html'))).rejects.toThrow('ENOENT');
  });
});

/** Opens from a file, asks for nothing else, holds no script, fits a phone, and axe finds nothing, light and dark. */
async function expectToOpen(page: string): Promise<void> {
  const html = await readFile(page, 'utf8');
  expect(html).not.toMatch(/<script|https?:|\bon\w+=/i);
  expect(html).not.toContain(dirname(page));
  const browser = await chromium.launch({ executablePath: findBrowser()! });
  try {
    for (const colorScheme of ['light', 'dark'] as const) {
      // axe is a script, and the page's own policy allows none.
      const context = await browser.newContext({
        bypassCSP: true,
        colorScheme,
        viewport: { width: 360, height: 800 },
      });
      const tab = await context.newPage();
      const heard: string[] = [];
      tab.on('console', (message) => heard.push(message.text()));
      tab.on('request', (request) => heard.push(request.url()));
      await tab.goto(pathToFileURL(page).href);
      expect(heard.filter((what) => !what.startsWith('data:'))).toEqual([pathToFileURL(page).href]);
      expect(await tab.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
      await tab.evaluate(axe.source);
      const { violations } = (await tab.evaluate('axe.run()')) as axe.AxeResults;
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`)).toEqual([]);
      await context.close();
    }
  } finally {
    await browser.close();
  }
}
