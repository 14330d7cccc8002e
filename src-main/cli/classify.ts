/**
 * `maskwatch classify`: the faces of photos, or ready crops, and how each wears its mask. Photos go through the
 * same detector as the live picture, in a headless browser; crops are only decoded.
 */
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { MASK_CLASSES, type MaskClass, type Probabilities, type ProviderChoice } from '../api';
import { decode } from '../data/decode';
import { warp, WHOLE } from '../data/warp';
import type { Box } from '../geometry';
import { openPhotosPage } from '../kiosk/photos';
import { DEFAULT_SETTINGS } from '../store/settings';
import { judge } from '../watch/both-ways';
import { openClassifier, type Classifier } from '../watch/classifier';
import { imageFiles } from './images';
import { modelOption, numberBetween, providerOption } from './options';
import { fail, print, printJson, say } from './output';

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

interface Options {
  crops?: true;
  all?: true;
  threshold: number;
  json?: true;
  model: string;
  provider?: ProviderChoice;
}

/** Faces found in one image, with S×S RGB crops one after another. */
interface Found {
  faces: { box: Box; score: number }[];
  crops: Uint8Array;
}

interface Finder {
  find(file: string): Promise<Found>;
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
    .action(classify);
}

async function classify(paths: string[], options: Options): Promise<void> {
  const files = await imageFiles(paths);
  const classifier = await openClassifier({ model: options.model, provider: options.provider ?? 'cpu' });
  try {
    const finder = options.crops ? wholeImages(classifier) : await photoFaces(classifier, options);
    try {
      for (const file of files) {
        try {
          await classifyFile(file, finder, classifier, options);
        } catch (error) {
          // One bad photo must not cost the others their answers.
          fail(new Error(`${file}: ${(error as Error).message}`));
          process.exitCode = 1;
        }
      }
    } finally {
      await finder.close();
    }
  } finally {
    await classifier.close();
  }
}

async function classifyFile(
  file: string,
  finder: Finder,
  classifier: Classifier,
  options: Options,
): Promise<void> {
  const { faces, crops } = await finder.find(file);
  const answers = await judge(classifier, crops, faces.length);
  if (faces.length === 0) say(`${file}: no face`);
  faces.forEach(({ box, score }, i) => {
    const probabilities = answers[i]!;
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

async function photoFaces(classifier: Classifier, options: Options): Promise<Finder> {
  const page = await openPhotosPage();
  const threshold = options.all ? LOWEST_SCORE : options.threshold;
  return {
    find: async (file) => page.findFaces(await readFile(file), classifier.card.input.size, threshold),
    close: () => page.close(),
  };
}

/** Takes each image as one face, decoded and scaled as `evaluate` and training do. */
function wholeImages(classifier: Classifier): Finder {
  const { size } = classifier.card.input;
  return {
    async find(file) {
      const picture = await decode(file).catch((error: unknown) => {
        throw new Error('not a readable image', { cause: error });
      });
      const crops = new Uint8Array(size * size * 3);
      warp(picture, WHOLE, crops, size);
      return { faces: [{ box: [0, 0, picture.width, picture.height], score: 1 }], crops };
    },
    close: () => Promise.resolve(),
  };
}
