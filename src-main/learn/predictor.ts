/** Runs a classifier over normalised pictures, for validation and evaluation. */
import { InferenceSession, Tensor } from 'onnxruntime-node';

export class Predictor {
  private constructor(
    private readonly session: InferenceSession,
    readonly size: number,
  ) {}

  /**
   * @param model the .onnx file's path or bytes
   * @param size side of its pictures in pixels
   * @throws Error naming the file when ONNX Runtime cannot load it
   */
  static async open(model: string | Uint8Array, size: number, threads = 0): Promise<Predictor> {
    const options = { executionProviders: ['cpu'], ...(threads ? { intraOpNumThreads: threads } : {}) };
    try {
      const session = await (typeof model === 'string'
        ? InferenceSession.create(model, options)
        : InferenceSession.create(model, options));
      return new Predictor(session, size);
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
    const count = images.length / (3 * this.size * this.size);
    const feeds = {
      [this.session.inputNames[0]!]: new Tensor('float32', images, [count, 3, this.size, this.size]),
    };
    const results = await this.session.run(feeds);
    return this.session.outputNames.map((name) => results[name]! as Tensor);
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}
