/** `maskwatch evaluate`: how good a model is on folders of labelled face crops. */
import { Command, Option } from 'commander';
import { MASK_CLASSES } from '../api';
import { Loader } from '../data/loader';
import { writeAtomic } from '../files';
import { openPredictor } from '../learn/baselines';
import { metricsOf, softmaxRows } from '../learn/metrics';
import { measureRobustness, robustnessTable } from '../learn/robustness';
import { openFolders } from '../learn/sets';
import { type Metrics, cardPath, readCard } from '../nets/card';
import { MEASURED_PIPELINES, type SceneOptions, evaluateOnScenes } from './evaluate-scenes';
import { drawnFaces } from './drawn-faces';
import { findAgain, turnsOf } from './found-faces';
import { classesOption, detectorOption, numberBetween, shippedModel } from './options';
import { print, printJson, say, UsageError } from './output';

interface Options extends Omit<SceneOptions, 'scenes'> {
  data?: string[];
  scenes?: string[];
  corruptions?: true;
  masks?: true;
  seed: number;
  intoCard?: true;
}

export function evaluateCommand(): Command {
  return new Command('evaluate')
    .description('measure a model on folders of labelled face crops, as a whole and by kind of picture')
    .option(
      '--data <dir...>',
      'folders with correct/, incorrect/ and none/, or with train/, val/, test/ of these',
    )
    .option('--scenes <dir...>', 'instead: folders of photos with a boxes.json; whole photos are looked at')
    .addOption(
      new Option(
        '--pipeline <name>',
        'with --scenes: how faces are found and judged; auto compares both for the watch',
      )
        .choices(MEASURED_PIPELINES)
        .default('two-stage'),
    )
    .addOption(detectorOption())
    .addOption(classesOption())
    .option(
      '--crops <dir...>',
      'with --scenes: folders of faces cut from the same photos, which scenes are divided like',
    )
    .option('--split <name>', 'which split of the folders: all, train, val or test', 'all')
    .option('--corruptions', 'also under seven corruptions at five strengths: 35 more looks at each picture')
    .option(
      '--masks',
      'also by how far heads are turned, and with masks and beards drawn on bare faces (needs Chromium)',
    )
    .option(
      '--seed <n>',
      'of hands and noise; the same seed gives the same figures',
      numberBetween(0, 2 ** 31, true),
      1,
    )
    .option('--into-card', "write slices and corruptions into the model's card")
    .option('--json', 'one line of JSON')
    .option(
      '--model <file>',
      'the network to use (.onnx, with its card .json beside it); else the one that ships',
    )
    .action((options: Options) => {
      const { data, scenes, model = shippedModel(), ...rest } = options;
      if (scenes && !data) return evaluateOnScenes({ ...rest, model, scenes });
      if (!data || scenes) throw new UsageError('give either --data or --scenes');
      return evaluate({ ...rest, model, data });
    });
}

async function evaluate(options: Options & { data: string[]; model: string }): Promise<void> {
  const card = await readCard(options.model);
  const samples = await openFolders(options.data, { split: options.split, complete: false });
  const predictor = await openPredictor(options.model, card.input.size, 0, card.input);
  const loader = new Loader({
    size: card.input.size,
    batch: 32,
    seed: 0,
    normalisation: card.input,
    cache: 0,
  });
  let told = 0;
  const tell = (done: number) => {
    if (Date.now() - told < 2000) return;
    told = Date.now();
    say(`${done} of ${samples.length} images`);
  };
  try {
    if (options.masks) say('finding the faces again');
    const faces = options.masks ? await findAgain(samples, tell) : null;
    const { logits, truths, ...figures } = await measureRobustness({
      predictor,
      card,
      batches: loader.plain(samples),
      corruptions: options.corruptions === true,
      seed: options.seed,
      ...(faces && {
        turns: turnsOf(faces),
        made: drawnFaces(samples, faces, card.input.size, options.seed),
      }),
      onProgress: tell,
    });
    const metrics = metricsOf(softmaxRows(logits, MASK_CLASSES.length, card.temperature), truths);
    const robustness = { split: options.split, ...figures };
    const { slices, corruptions, seed } = robustness;
    if (options.json) printJson({ ...metrics, model: options.model, seed, slices, corruptions });
    else print(`${describe(metrics)}\n\n${robustnessTable(robustness)}`);
    if (options.intoCard) {
      const path = cardPath(options.model);
      await writeAtomic(path, Buffer.from(`${JSON.stringify({ ...card, robustness }, null, 2)}\n`));
      say(`wrote ${path}`);
    }
  } finally {
    await loader.close();
    await predictor.release();
  }
}

const percent = (share: number | null): string => (share === null ? '–' : `${(100 * share).toFixed(1)} %`);

/** The figures as a small table for people. */
export function describe({ n, accuracy, balancedAccuracy, confusion, perClass, ece }: Metrics): string {
  const rows = MASK_CLASSES.map((name, k) => {
    const { precision, recall, f1 } = perClass[name]!;
    const counts = confusion.matrix[k]!.map((count) => String(count).padStart(9)).join('');
    const shares = [precision, recall, f1].map((share) => percent(share).padStart(10)).join('');
    return `${name.padEnd(12)}${counts}${shares}`;
  });
  const heads = [
    ...MASK_CLASSES.map((name) => name.padStart(9)),
    ...['precision', 'recall', 'f1'].map((h) => h.padStart(10)),
  ];
  return [
    `${n} images: accuracy ${percent(accuracy)}, balanced accuracy ${percent(balancedAccuracy)}, calibration error ${percent(ece)}`,
    `${'is \\ seen as'.padEnd(12)}${heads.join('')}`,
    ...rows,
  ].join('\n');
}
