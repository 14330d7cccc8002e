/** Runs a classifier over normalised pictures, for validation and evaluation. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { LARGEST, readWhole } from '../files';
import { IMAGENET, type Normalisation } from '../data/augment';
import { checkSelfContained } from '../onnx/self-contained';

export class Predictor {
  private constructor(
    private readonly session: InferenceSession,
    readonly size: number,
    private readonly normalisation: Normalisation,
  ) {}

  /**
   * @param model the .onnx file's path or bytes
   * @param size side of its pictures in pixels
   * @param normalisation of the pictures it will be given, which a model that takes bytes has undone
   * @throws Error naming the file when ONNX Runtime cannot load it
   */
  static async open(
    model: string | Uint8Array,
    size: number,
    threads = 0,
    normalisation: Normalisation = IMAGENET,
  ): Promise<Predictor> {
    const options = { executionProviders: ['cpu'], ...(threads ? { intraOpNumThreads: threads } : {}) };
    try {
      // Always as bytes: of a path, ONNX Runtime would read what files the model names beside it.
      const bytes = typeof model === 'string' ? await readWhole(model, LARGEST.model) : model;
      checkSelfContained(bytes);
      return new Predictor(await InferenceSession.create(bytes, options), size, normalisation);
    } catch (error) {
      const name = typeof model === 'string' ? model : 'the model';
      throw new Error(`cannot load ${name}: ${(error as Error).message}`, { cause: error });
    }
  }

  /**
   * @param images N×3×size×size, normalised
   * @returns logits N×classes
   */
  async logits(images: Float32Array): Promise<Float32Array> {
    return (await this.outputs(images))[0]!.data as Float32Array;
  }

  /**
   * @param images N×3×size×size, normalised
   * @returns all that the model gives, in its order
   */
  async outputs(images: Float32Array): Promise<Tensor[]> {
    const { size } = this;
    const count = images.length / (3 * size * size);
    const takes = this.session.inputMetadata[0];
    const input =
      takes?.isTensor && takes.type === 'uint8'
        ? new Tensor('uint8', bytesOf(images, size, this.normalisation), [count, size, size, 3])
        : new Tensor('float32', images, [count, 3, size, size]);
    const results = await this.session.run({ [this.session.inputNames[0]!]: input });
    return this.session.outputNames.map((name) => results[name]! as Tensor);
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

/** The bytes N×size×size×3 that pictures were normalised from: each came from one, so it is the nearest. */
export function bytesOf(images: Float32Array, size: number, { mean, std }: Normalisation): Uint8Array {
  const plane = size * size;
  const bytes = new Uint8Array(images.length);
  for (let i = 0; i < images.length; i++) {
    const k = Math.floor(i / plane) % 3;
    const pixel = Math.floor(i / (3 * plane)) * plane + (i % plane);
    bytes[3 * pixel + k] = Math.round(255 * (images[i]! * std[k]! + mean[k]!));
  }
  return bytes;
}
