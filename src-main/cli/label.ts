/**
 * `maskwatch label`: photographs labelled by the networks themselves, as scenes for training a one-shot detector. Only
 * what they are sure of gets a class; a face that is less sure teaches that it is a face, and what may be one is ignored.
 */
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Command } from 'commander';
import { MASK_CLASSES } from '../api';
import type { SceneLabel } from '../data/scenes';
import { type FinderOptions, type JudgedFace, openFinder } from './classify';
import { imageFiles } from './images';
import {
  classesOption,
  detectorOption,
  modelOption,
  numberBetween,
  pipelineOption,
  providerOption,
} from './options';
import { fail, print, say } from './output';

type Options = Omit<FinderOptions, 'threshold' | 'crops' | 'all'> & {
  out: string;
  found: number;
  sure: number;
};

export function labelCommand(): Command {
  return new Command('label')
    .description('label photos by the networks themselves, as scenes to train a one-shot detector on')
    .argument('<path...>', 'photos, or folders of them')
    .requiredOption('--out <dir>', 'where the photos and their boxes.json go')
    .option('--found <score>', 'score from which a find is a face', numberBetween(0.1, 1), 0.6)
    .option('--sure <p>', 'probability from which its class is taken', numberBetween(0.5, 1), 0.95)
    .addOption(modelOption())
    .addOption(providerOption())
    .addOption(pipelineOption())
    .addOption(detectorOption())
    .addOption(classesOption())
    .action(label);
}

/** Score below which a find is not even worth ignoring. */
const LEAST = 0.15;

/** @param found and `sure` as the options say */
export function labelOf({ score, probabilities }: JudgedFace, found: number, sure: number): SceneLabel {
  if (score < found) return 'ignore';
  return MASK_CLASSES.find((name) => probabilities[name] >= sure) ?? 'face';
}

async function label(paths: string[], options: Options): Promise<void> {
  const files = await imageFiles(paths);
  await mkdir(options.out, { recursive: true });
  const boxes: Record<string, { x: number; y: number; w: number; h: number; label: SceneLabel }[]> = {};
  const counts: Record<string, number> = {};
  const finder = await openFinder({ ...options, threshold: LEAST });
  try {
    for (const [i, file] of files.entries()) {
      const name = basename(file);
      try {
        if (boxes[name]) throw new Error(`another photo is called ${name} too`);
        const faces = await finder.find(file);
        await copyFile(file, join(options.out, name));
        boxes[name] = faces.map((face) => {
          const given = labelOf(face, options.found, options.sure);
          counts[given] = (counts[given] ?? 0) + 1;
          const [x, y, w, h] = face.box.map(Math.round) as [number, number, number, number];
          return { x, y, w: Math.max(1, w), h: Math.max(1, h), label: given };
        });
      } catch (error) {
        // One bad photo must not cost the others.
        fail(new Error(`${file}: ${(error as Error).message}`));
        process.exitCode = 1;
      }
      if ((i + 1) % 50 === 0) say(`${i + 1} of ${files.length} photos`);
    }
  } finally {
    await finder.close();
  }
  await writeFile(join(options.out, 'boxes.json'), JSON.stringify(boxes));
  print(
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ') || 'no face was found',
  );
}
