/** The article's Haar baseline: thresholds chosen on the validation pictures, and a run's folder as a network's. */
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { MASK_CLASSES } from '../../api';
import { IMAGENET } from '../../data/augment';
import type { Sample } from '../../data/folders';
import { Loader } from '../../data/loader';
import { measure } from '../measure';
import { metricsOf } from '../metrics';
import { thisHost, trainingFacts, writeFacts } from '../run-facts';
import { openData } from '../sets';
import type { TrainResult } from '../train-options';
import type { BaselineOptions } from './baseline';
import { numbersInCascade, readCascades } from './cascades';
import { HAAR_SIZE, HaarCascades, type Thresholds, type Votes, classOf } from './haar';
import { logitsOf, votesOf, writeHaarModel } from './haar-model';

/** Votes that thresholds are chosen from. */
const CHOICES = [2, 3, 4, 6, 8, 12, 16, 24, 32, 48];

/** @throws Error when OpenCV or the cascades are not there, or naming the picture that cannot be read */
export async function runHaar(options: BaselineOptions): Promise<TrainResult> {
  const { out, report, command, signal, seed, workers } = options;
  await mkdir(out, { recursive: true });
  const files = await readCascades(options.cascades);
  const cascades = await HaarCascades.open(files);
  const loader = new Loader({
    size: HAAR_SIZE,
    batch: 16,
    workers,
    seed,
    normalisation: IMAGENET,
    cache: 0,
  });
  try {
    const data = { ...(await openData(options)), train: [] };
    report.text(`${data.val.length} images to choose thresholds by, ${data.test.length} to test`);
    const look = (samples: readonly Sample[]) => lookAt(samples, { cascades, loader, report, signal });
    const thresholds = chooseThresholds(await look(data.val), data.val);
    report.text(`a nose is found from ${thresholds.nose} votes, a mouth from ${thresholds.mouth}`);

    const model = join(out, 'haar.cascades');
    await writeHaarModel(model, { thresholds, cascades: files });
    const numbers = Object.values(files).reduce((sum, xml) => sum + numbersInCascade(xml), 0);
    const card = await measure(
      {
        logits: async (samples) => logitsOf((await look(samples)).map((votes) => classOf(votes, thresholds))),
        description: 'Haar cascades of nose and mouth with a fixed rule (baseline)',
        parameters: numbers,
        size: HAAR_SIZE,
        model,
      },
      data,
      { ...options, about: { name: 'haar', ...options.about } },
    );
    await writeFacts(out, {
      version: 1,
      network: 'haar',
      model: basename(model),
      command,
      finished: true,
      parameters: numbers,
      size: HAAR_SIZE,
      training: trainingFacts(0, 0),
      host: thisHost(1, 'wasm'),
    });
    return { model, card, history: [], finished: true };
  } finally {
    cascades.close();
    await loader.close();
  }
}

interface Looking extends Pick<BaselineOptions, 'report' | 'signal'> {
  cascades: HaarCascades;
  loader: Loader;
}

async function lookAt(samples: readonly Sample[], { cascades, loader, report, signal }: Looking) {
  const votes: Votes[] = [];
  let told = performance.now();
  for await (const { images } of loader.plain(samples)) {
    signal.throwIfAborted();
    votes.push(...votesOf(cascades, images));
    if (performance.now() - told < 2000) continue;
    told = performance.now();
    report.text(`${votes.length} of ${samples.length} images looked at`);
  }
  return votes;
}

/** The thresholds with the best balanced accuracy; of equals the first, which asks for fewest votes. */
export function chooseThresholds(
  votes: readonly Votes[],
  samples: readonly Pick<Sample, 'label'>[],
): Thresholds {
  const truths = samples.map(({ label }) => label);
  let best = { nose: CHOICES[0]!, mouth: CHOICES[0]!, score: -1 };
  for (const nose of CHOICES)
    for (const mouth of CHOICES) {
      const said = votes.map((each) => classOf(each, { nose, mouth }));
      const answers = Float32Array.from(
        said.flatMap((name) => MASK_CLASSES.map((k) => (k === name ? 1 : 0))),
      );
      const score = metricsOf(answers, truths).balancedAccuracy;
      if (score > best.score) best = { nose, mouth, score };
    }
  return { nose: best.nose, mouth: best.mouth };
}
