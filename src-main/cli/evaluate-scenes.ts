/**
 * `maskwatch evaluate --scenes`: how good a pipeline is on annotated scenes, from the whole photo to classes of faces.
 * One-shot looks as in the watch; two-stage finds faces with the live page's detector and judges their crops.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { MASK_CLASSES, PIPELINES, type PipelineName } from '../api';
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
import { configFolder } from '../store/settings';
import { judge } from '../watch/both-ways';
import { openClassifier } from '../watch/classifier';
import { writeEvidence } from '../watch/auto';
import { describeDetection } from './learn-detector';
import { namedModels } from './options';
import { print, printJson, say } from './output';

/** The pipelines that can be measured; `auto` is both, and the better one is what the watch's `auto` takes. */
export const MEASURED_PIPELINES = PIPELINES;

export interface SceneOptions {
  scenes: string[];
  pipeline: (typeof MEASURED_PIPELINES)[number];
  /** The classifier of crops, or with one-shot its network; the ones that ship where none is given. */
  model: string;
  /** The one-shot network. */
  detector: string;
  classes?: Mapped[];
  /** `all`, or the name of a split. */
  split: string;
  crops?: string[];
  json?: true;
}

/** The curve of the page's detector is drawn down to here. */
const LOWEST_SCORE = 0.05;

export async function evaluateOnScenes(options: SceneOptions): Promise<void> {
  const all = await openScenes(options.scenes);
  const scenes = await chosen(all, options);
  if (scenes.length === 0) throw new Error(`the scenes have no ${options.split} split`);
  if (options.pipeline !== 'auto') {
    await measured(options.pipeline, scenes, options);
    return;
  }
  const { metrics: twoStage } = await measured('two-stage', scenes, options);
  const { metrics: oneShot, model } = await measured('one-shot', scenes, options);
  if (twoStage.map50 === null || oneShot.map50 === null)
    throw new Error('no face of these scenes has a class: there is nothing to compare');
  await mkdir(configFolder(), { recursive: true });
  await writeEvidence(configFolder(), {
    version: 1,
    of: 'scenes',
    scenes: scenes.length,
    twoStage: twoStage.map50,
    oneShot: oneShot.map50,
    model,
  });
  say(`--pipeline auto now goes by these ${scenes.length} scenes`);
}

/** Measures one pipeline and tells. */
async function measured(pipeline: PipelineName, scenes: SetScene[], options: SceneOptions) {
  const finder = pipeline === 'one-shot' ? await oneShotOf(options) : await twoStageOf(options);
  let evaluation: SceneEvaluation;
  try {
    evaluation = await evaluateScenes(finder, scenes, (done) => {
      if (done % 50 === 0 || done === scenes.length) say(`${done} of ${scenes.length} scenes`);
    });
  } finally {
    await finder.close();
  }
  const { metrics, msPerFrame } = evaluation;
  if (options.json) printJson({ pipeline, model: finder.name, ...metrics, msPerFrame });
  else {
    print(`${pipeline} (${finder.name}), ${describeDetection(metrics)}`);
    const parts = Object.entries(msPerFrame).map(([part, ms]) => `${part} ${ms.toFixed(1)}`);
    print(`  milliseconds a frame (medians): ${parts.join(', ')}`);
  }
  return { metrics, model: finder.name };
}

async function chosen(scenes: SetScene[], { split, crops }: SceneOptions): Promise<SetScene[]> {
  if (split !== 'train' && split !== 'val' && split !== 'test') return scenes;
  const cut = crops ? await openFolders(crops, { split: 'all', complete: false }) : [];
  return (await divideScenes(scenes, cut))[split];
}

const oneShotOf = async ({ classes, ...options }: SceneOptions): Promise<SceneFinder> => {
  const { detector } = namedModels(options);
  return oneShotFinder(await Detector.open(detector, { ...(classes && { classes }) }));
};

async function twoStageOf({ model }: SceneOptions): Promise<SceneFinder> {
  const classifier = await openClassifier({ model, provider: 'cpu' });
  const page = await openPhotosPage();
  return {
    name: classifier.card.name,
    async find(scene) {
      const photo = await readFile(scene.file);
      const start = performance.now();
      const { faces, crops } = await page.findFaces(photo, classifier.card.input.size, LOWEST_SCORE);
      const looked = performance.now();
      const answers = await judge(classifier, crops, faces.length);
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
