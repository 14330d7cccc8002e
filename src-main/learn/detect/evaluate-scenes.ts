/** Runs a pipeline over annotated scenes and measures it. */
import { decode } from '../../data/decode';
import type { Scene } from '../../data/scenes';
import type { Detection } from '../../detect/decode';
import type { Detector } from '../../detect/detector';
import { type DetectionMetrics, type SceneResult, detectionMetrics } from './average-precision';

/** The precision-recall curve is drawn down to here. */
const LOWEST_SCORE = 0.01;

/** Whatever finds the faces of a scene, and times its parts in milliseconds. */
export interface SceneFinder {
  name: string;
  find(scene: Scene): Promise<{ found: Detection[]; times: Record<string, number> }>;
  close(): Promise<void>;
}

export interface SceneEvaluation {
  metrics: DetectionMetrics;
  /** Medians over the scenes, in milliseconds a frame, by part. */
  msPerFrame: Record<string, number>;
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** The one-shot pipeline; decoding the photo is not timed. */
export const oneShotFinder = (detector: Detector): SceneFinder => ({
  name: detector.name,
  async find({ file }) {
    const picture = await decode(file);
    const found = await detector.find(picture.data, picture, LOWEST_SCORE);
    return { found, times: { ...detector.times } };
  },
  close: () => detector.release(),
});

/** @throws Error naming the photo that cannot be read */
export async function evaluateScenes(
  finder: SceneFinder,
  scenes: readonly Scene[],
  onProgress?: (done: number) => void,
): Promise<SceneEvaluation> {
  const results: SceneResult[] = [];
  const all: Record<string, number>[] = [];
  for (const [i, scene] of scenes.entries()) {
    const { found, times } = await finder.find(scene);
    results.push({ found, faces: scene.faces });
    all.push(times);
    onProgress?.(i + 1);
  }
  const parts = Object.keys(all[0] ?? {});
  const msPerFrame = Object.fromEntries(
    parts.map((part) => [part, Math.round(100 * median(all.map((times) => times[part]!))) / 100]),
  );
  return { metrics: detectionMetrics(results), msPerFrame };
}
