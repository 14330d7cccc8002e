/**
 * MediaPipe's full-range face detector on pictures and parts of pictures. Runs in a module worker; knows where
 * the build puts its files (see build/vision-assets.ts) and nothing of cameras or main.
 */
import { FaceDetector as MediaPipeFaceDetector, FilesetResolver } from '@mediapipe/tasks-vision';
import type { Box, Size } from '../../src-main/geometry';
import { inputFor } from './detector-input';
import { rgbaPicture, type Picture } from './picture';
import { Shrinker } from './shrink';

/** A face as the detector reports it, in pixels of the picture. */
export interface Detection {
  box: Box;
  /** 0 to 1. */
  score: number;
  /** Viewer-left eye, viewer-right eye, nose tip, mouth, left tragion, right tragion. */
  keypoints: [x: number, y: number][];
}

/** Lowest score that detections are given with; callers ask for more. */
const LOWEST_SCORE = 0.05;
/** Overlap at which the detector itself takes two boxes of one region for one face. */
const SUPPRESSION = 0.3;
/** Sizes of input kept ready: those of the regions that are looked at in turn. */
const MOST_INPUTS = 8;

// Chunks and workers land in assets/, the dev server serves them from vision/: both have the files one up.
const here = import.meta.url;
const asset = (name: string) => new URL(`../vision-assets/${name}`, here).href;

export class FaceDetector {
  readonly #detector: MediaPipeFaceDetector;
  readonly #shrinker = new Shrinker();
  /** By size, because giving a canvas another size makes it anew. */
  readonly #inputs = new Map<string, Input>();

  #lost = false;

  private constructor(detector: MediaPipeFaceDetector, graphics: OffscreenCanvas) {
    this.#detector = detector;
    // MediaPipe itself would go on and find no face in pictures that never reach it.
    graphics.addEventListener('webglcontextlost', () => (this.#lost = true));
  }

  /**
   * Loads the detector and looks once, so that what is missing shows now. One a worker: MediaPipe's module loader
   * can be loaded only once.
   * @throws Error saying what is missing (WebGL, or the detector's files)
   */
  static async open(): Promise<FaceDetector> {
    // MediaPipe needs WebGL even on the CPU delegate, and without it fails only later and obscurely.
    if (!new OffscreenCanvas(1, 1).getContext('webgl2')) {
      throw new Error(
        'the browser has no WebGL, which the face detector needs; turn hardware acceleration on, or start it with --enable-unsafe-swiftshader',
      );
    }
    const fileset = await FilesetResolver.forVisionTasks(asset('').replace(/\/$/, ''), true);
    const graphics = new OffscreenCanvas(1, 1);
    const detector = await MediaPipeFaceDetector.createFromOptions(fileset, {
      baseOptions: { modelAssetPath: asset('face_detection_full_range.tflite'), delegate: 'CPU' },
      canvas: graphics,
      runningMode: 'IMAGE',
      minDetectionConfidence: LOWEST_SCORE,
      minSuppressionThreshold: SUPPRESSION,
    });
    const opened = new FaceDetector(detector, graphics);
    opened.detect(rgbaPicture(new ImageData(64, 64)), [0, 0, 64, 64]);
    return opened;
  }

  /**
   * @param region where to look, in picture pixels, inside the picture
   * @returns faces in picture pixels; boxes are the detector's own, see box-correction.ts
   * @throws Error when MediaPipe fails or the graphics were lost; the detector is then not to be used again
   */
  detect(picture: Picture, region: Box): Detection[] {
    if (this.#lost) throw new Error('the browser lost its graphics (WebGL context)');
    const [[left, top, width, height], size] = inputFor(region);
    const { context, pixels } = this.#input(size);
    this.#shrinker.shrink(picture, [left, top, width, height], size, pixels.data, 0, 4);
    // From a canvas: MediaPipe hands it to WebGL, which takes three times as long with the pixels as they are.
    context.putImageData(pixels, 0, 0);
    const [across, down] = [width / size.width, height / size.height];
    return this.#detector
      .detect(context.canvas)
      .detections.flatMap(({ boundingBox, categories, keypoints }) => {
        if (!boundingBox) return [];
        const box: Box = [
          left + boundingBox.originX * across,
          top + boundingBox.originY * down,
          boundingBox.width * across,
          boundingBox.height * down,
        ];
        if (box[2] <= 0 || box[3] <= 0) return [];
        return [
          {
            box,
            score: categories[0]?.score ?? 0,
            keypoints: keypoints.map(({ x, y }): [number, number] => [left + x * width, top + y * height]),
          },
        ];
      });
  }

  #input({ width, height }: Size): Input {
    const key = `${width}×${height}`;
    let input = this.#inputs.get(key);
    if (!input) {
      if (this.#inputs.size >= MOST_INPUTS) this.#inputs.clear();
      const canvas = new OffscreenCanvas(width, height);
      const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true });
      if (!context) throw new Error('no 2D canvas: the browser is out of memory or graphics contexts');
      const pixels = new ImageData(width, height);
      pixels.data.fill(255);
      this.#inputs.set(key, (input = { context, pixels }));
    }
    return input;
  }
}

interface Input {
  context: OffscreenCanvasRenderingContext2D;
  pixels: ImageData;
}
