/**
 * `maskwatch classify`: the faces of photos, or ready crops, and how each wears its mask. Photos go through the
 * same detector as the live picture, in a headless browser; crops are only decoded.
 */
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import {
  MASK_CLASSES,
  type MaskClass,
  type PipelineChoice,
  type Probabilities,
  type ProviderChoice,
} from '../api';
import { decode } from '../data/decode';
import { warp, WHOLE } from '../data/warp';
import { Detector } from '../detect/detector';
import type { Mapped } from '../detect/foreign';
import type { Box } from '../geometry';
import { openPhotosPage } from '../kiosk/photos';
import { DEFAULT_SETTINGS } from '../store/settings';
import { judge } from '../watch/both-ways';
import { openClassifier } from '../watch/classifier';
import { imageFiles } from './images';
import {
  classesOption,
  detectorOption,
  modelOption,
  namedModels,
  numberBetween,
  pipelineOption,
  providerOption,
} from './options';
import { fail, print, printJson, say, UsageError } from './output';

/** With --all: the detector's scores go down to here. */
const LOWEST_SCORE = 0.05;

/** One line of `classify --json`. */
export interface ClassifiedFace {
  file: string;
  /** In photo pixels; for crops the whole picture. */
  box: Box;
  /** The detector's score, 0 to 1; 1 for crops. */
  score: number;
  verdict: MaskClass;
  probabilities: Probabilities;
}

/** What finds faces and judges them, as options say. */
export interface FinderOptions {
  crops?: true;
  all?: true;
  threshold: number;
  model: string;
  provider?: ProviderChoice;
  pipeline?: PipelineChoice;
  detector: string;
  classes?: Mapped[];
}

type Options = FinderOptions & { json?: true };

/** A face of an image, judged. */
export type JudgedFace = Pick<ClassifiedFace, 'box' | 'score' | 'probabilities'>;

export interface Finder {
  find(file: string): Promise<JudgedFace[]>;
  close(): Promise<void>;
}

export function classifyCommand(): Command {
  return new Command('classify')
    .description('say how each face in photos wears its mask')
    .argument('<path...>', 'photos, or folders of them')
    .option('--crops', 'the images are faces already, cut as for training: do not look for faces')
    .option(
      '--threshold <score>',
      'lowest detector score of a face',
      numberBetween(0.05, 0.95),
      DEFAULT_SETTINGS.detectorThreshold,
    )
    .option('--all', 'also the faces below the threshold')
    .option('--json', 'a line of JSON per face')
    .addOption(modelOption())
    .addOption(providerOption())
    .addOption(pipelineOption())
    .addOption(detectorOption())
    .addOption(classesOption())
    .action(classify);
}

async function classify(paths: string[], options: Options): Promise<void> {
  if (options.crops && options.pipeline === 'one-shot')
    throw new UsageError('--crops are faces already: one-shot looks for faces in whole photos');
  const files = await imageFiles(paths);
  const finder = await openFinder(options);
  try {
    for (const file of files) {
      try {
        await classifyFile(file, finder, options);
      } catch (error) {
        // One bad photo must not cost the others their answers.
        fail(new Error(`${file}: ${(error as Error).message}`));
        process.exitCode = 1;
      }
    }
  } finally {
    await finder.close();
  }
}

async function classifyFile(file: string, finder: Finder, options: Options): Promise<void> {
  const faces = await finder.find(file);
  if (faces.length === 0) say(`${file}: no face`);
  faces.forEach(({ box, score, probabilities }) => {
    const verdict = MASK_CLASSES.reduce((a, b) => (probabilities[b] > probabilities[a] ? b : a));
    const face: ClassifiedFace = { file, box: box.map(tenth) as Box, score, verdict, probabilities };
    if (options.json) printJson(face);
    else {
      const where = options.crops
        ? ''
        : ` at ${face.box.map(Math.round).join(', ')} (found with ${score.toFixed(2)})`;
      print(`${file}: ${verdict} ${(100 * probabilities[verdict]).toFixed(0)} %${where}`);
    }
  });
}

const tenth = (pixels: number): number => Math.round(pixels * 10) / 10;

/** One-shot where it is asked for; `auto` is the watch's, and here two stages. */
export const openFinder = (options: FinderOptions): Promise<Finder> =>
  options.pipeline === 'one-shot' ? oneShot(options) : twoStage(options);

/** The lowest score of a face that is told. */
const lowest = ({ all, threshold }: FinderOptions): number => (all ? LOWEST_SCORE : threshold);

/** The page's detector, or crops that are ready, and the classifier. */
async function twoStage(options: FinderOptions): Promise<Finder> {
  const classifier = await openClassifier({ model: options.model, provider: options.provider ?? 'cpu' });
  const { size } = classifier.card.input;
  const page = options.crops
    ? null
    : await openPhotosPage().catch(async (error: unknown) => {
        await classifier.close();
        throw error;
      });
  return {
    async find(file) {
      const { faces, crops } = page
        ? await page.findFaces(await readFile(file), size, lowest(options))
        : await wholeImage(file, size);
      const answers = await judge(classifier, crops, faces.length);
      return faces.map(({ box, score }, i) => ({ box, score, probabilities: answers[i]! }));
    },
    async close() {
      await page?.close();
      await classifier.close();
    },
  };
}

/** An image as one face, decoded and scaled as `evaluate` and training do. */
async function wholeImage(file: string, size: number) {
  const picture = await decode(file).catch((error: unknown) => {
    throw new Error('not a readable image', { cause: error });
  });
  const crops = new Uint8Array(size * size * 3);
  warp(picture, WHOLE, crops, size);
  const box: Box = [0, 0, picture.width, picture.height];
  return { faces: [{ box, score: 1 }], crops };
}

/** One network that finds and judges. */
async function oneShot(options: FinderOptions): Promise<Finder> {
  const { classes } = options;
  const detector = await Detector.open(namedModels(options).detector, classes && { classes });
  return {
    async find(file) {
      const picture = await decode(file);
      const found = await detector.find(picture.data, picture, lowest(options));
      return found.map(({ box, score, probabilities }) => ({
        box,
        score,
        probabilities: Object.fromEntries(
          MASK_CLASSES.map((name, k) => [name, probabilities[k]!]),
        ) as Probabilities,
      }));
    },
    close: () => detector.release(),
  };
}
