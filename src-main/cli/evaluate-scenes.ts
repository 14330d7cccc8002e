/**
 * `maskwatch evaluate --scenes`: how good a pipeline is on annotated scenes, from the whole photo to classes of faces.
 * One-shot looks as in the watch; two-stage finds faces with the live page's detector and judges their crops.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MASK_CLASSES } from '../api';
import { Detector } from '../detect/detector';
import type { Mapped } from '../detect/foreign';
import { openPhotosPage } from '../kiosk/photos';
import {
  type SceneEvaluation,
  type SceneFinder,
  evaluateScenes,
  oneShotFinder,
} from '../learn/detect/evaluate-scenes';
import { type SetScene, divideScenes, openScenes } from '../learn/detect/scene-sets';
import { openFolders } from '../learn/sets';
import { projectRoot } from '../pages';
import { openClassifier } from '../watch/classifier';
import { describeDetection } from './learn-detector';
import { shippedModel } from './options';
import { print, printJson, say } from './output';

/** The pipelines that can be measured. */
export const MEASURED_PIPELINES = ['two-stage', 'one-shot'] as const;

export interface SceneOptions {
  scenes: string[];
  pipeline: (typeof MEASURED_PIPELINES)[number];
  /** Of the one-shot detector, or of the classifier of crops; the ones that ship where it is not given. */
  model?: string;
  classes?: Mapped[];
  /** `all`, or the name of a split. */
  split: string;
  crops?: string[];
  json?: true;
}

/** The one-shot detector that ships. */
export const shippedDetector = (): string => join(projectRoot(), 'models', 'oneshot.onnx');

/** The curve of the page's detector is drawn down to here. */
const LOWEST_SCORE = 0.05;

export async function evaluateOnScenes(options: SceneOptions): Promise<void> {
  const all = await openScenes(options.scenes);
  const scenes = await chosen(all, options);
  if (scenes.length === 0) throw new Error(`the scenes have no ${options.split} split`);
  const finder = options.pipeline === 'one-shot' ? await oneShot(options) : await twoStage(options);
  let evaluation: SceneEvaluation;
  try {
    evaluation = await evaluateScenes(finder, scenes, (done) => {
      if (done % 50 === 0 || done === scenes.length) say(`${done} of ${scenes.length} scenes`);
    });
  } finally {
    await finder.close();
  }
  const { metrics, msPerFrame } = evaluation;
  const { pipeline } = options;
  if (options.json) printJson({ pipeline, model: finder.name, ...metrics, msPerFrame });
  else {
    print(`${pipeline} (${finder.name}), ${describeDetection(metrics)}`);
    const parts = Object.entries(msPerFrame).map(([part, ms]) => `${part} ${ms.toFixed(1)}`);
    print(`  milliseconds a frame (medians): ${parts.join(', ')}`);
  }
}

async function chosen(scenes: SetScene[], { split, crops }: SceneOptions): Promise<SetScene[]> {
  if (split !== 'train' && split !== 'val' && split !== 'test') return scenes;
  const cut = crops ? await openFolders(crops, { split: 'all', complete: false }) : [];
  return (await divideScenes(scenes, cut))[split];
}

const oneShot = async ({ model = shippedDetector(), classes }: SceneOptions): Promise<SceneFinder> =>
  oneShotFinder(await Detector.open(model, { ...(classes && { classes }) }));

async function twoStage({ model = shippedModel() }: SceneOptions): Promise<SceneFinder> {
  const classifier = await openClassifier({ model, provider: 'cpu' });
  const page = await openPhotosPage();
  return {
    name: classifier.card.name,
    async find(scene) {
      const photo = await readFile(scene.file);
      const start = performance.now();
      const { faces, crops } = await page.findFaces(photo, classifier.card.input.size, LOWEST_SCORE);
      const looked = performance.now();
      const answers = await classifier.classify(crops, faces.length);
      return {
        found: faces.map(({ box, score }, i) => ({
          box,
          score,
          probabilities: MASK_CLASSES.map((name) => answers[i]![name]),
        })),
        // The page decodes the photo too; a camera's frames come decoded.
        times: { find: looked - start, judge: performance.now() - looked },
      };
    },
    async close() {
      await page.close();
      await classifier.close();
    },
  };
}
