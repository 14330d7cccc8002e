/** The one-shot detector at work: frames to faces with their mask classes. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Size } from '../geometry';
import type { ModelCard } from '../api';
import { type Detection, decode, suppress } from './decode';
import { fitOf, letterboxed, unfitted } from './letterbox';
import { placesOf } from './places';

export interface DetectorOptions {
  /** Threads of ONNX Runtime; 0 takes all cores. */
  threads?: number;
}

/** Time a frame took, in milliseconds. */
export interface FrameTimes {
  /** Shrinking and normalising. */
  prepare: number;
  run: number;
  /** Decoding and suppression. */
  decode: number;
}

export class Detector {
  times: FrameTimes = { prepare: 0, run: 0, decode: 0 };

  private constructor(
    private readonly session: InferenceSession,
    private readonly input: ModelCard['input'],
    private readonly classes: number,
  ) {}

  /**
   * @param model the .onnx file's path or bytes
   * @param input its card's
   * @throws Error naming the file when ONNX Runtime cannot load it
   */
  static async open(
    model: string | Uint8Array,
    input: ModelCard['input'],
    classes: number,
    { threads = 0 }: DetectorOptions = {},
  ): Promise<Detector> {
    const options = { executionProviders: ['cpu'], ...(threads ? { intraOpNumThreads: threads } : {}) };
    try {
      const session = await (typeof model === 'string'
        ? InferenceSession.create(model, options)
        : InferenceSession.create(model, options));
      return new Detector(session, input, classes);
    } catch (error) {
      const name = typeof model === 'string' ? model : 'the model';
      throw new Error(`cannot load ${name}: ${(error as Error).message}`, { cause: error });
    }
  }

  /**
   * Finds the faces of a frame.
   * @param rgb its pixels, row by row
   * @param least score below which nothing is a face
   * @returns faces in frame pixels, the surest first
   */
  async find(rgb: Uint8Array, frame: Size, least: number): Promise<Detection[]> {
    const start = performance.now();
    const fit = fitOf(frame, this.input.size);
    const images = await letterboxed(rgb, frame, fit, this.input);
    const prepared = performance.now();
    const tensor = new Tensor('float32', images, [1, 3, fit.height, fit.width]);
    const results = await this.session.run({ [this.session.inputNames[0]!]: tensor });
    const numbers = results[this.session.outputNames[0]!]!.data as Float32Array;
    const ran = performance.now();
    const found = suppress(decode(numbers, placesOf(fit.width, fit.height), this.classes, least));
    this.times = { prepare: prepared - start, run: ran - prepared, decode: performance.now() - ran };
    return found.map((face) => ({ ...face, box: unfitted(face.box, fit) }));
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}
