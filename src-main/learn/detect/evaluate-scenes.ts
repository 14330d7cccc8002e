/** Runs a detector over annotated scenes and measures it. */
import { decode } from '../../data/decode';
import type { Detector, FrameTimes } from '../../detect/detector';
import type { SetScene } from './scene-sets';
import { type DetectionMetrics, type SceneResult, detectionMetrics } from './average-precision';

/** The precision-recall curve is drawn down to here. */
const LOWEST_SCORE = 0.01;

export interface SceneEvaluation {
  metrics: DetectionMetrics;
  /** Medians over the scenes, in milliseconds a frame. */
  msPerFrame: FrameTimes;
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** @throws Error naming the photo that cannot be read */
export async function evaluateScenes(
  detector: Detector,
  scenes: readonly SetScene[],
  onProgress?: (done: number) => void,
): Promise<SceneEvaluation> {
  const results: SceneResult[] = [];
  const times: FrameTimes[] = [];
  for (const [i, scene] of scenes.entries()) {
    const picture = await decode(scene.file);
    results.push({ found: await detector.find(picture.data, picture, LOWEST_SCORE), faces: scene.faces });
    times.push(detector.times);
    onProgress?.(i + 1);
  }
  const of = (part: keyof FrameTimes) => Math.round(100 * median(times.map((time) => time[part]))) / 100;
  return {
    metrics: detectionMetrics(results),
    msPerFrame: { prepare: of('prepare'), run: of('run'), decode: of('decode') },
  };
}
