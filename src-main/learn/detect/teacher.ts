/** A larger one-shot detector that a smaller one follows. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { IMAGENET } from '../../data/augment';
import { detectorCardPath, readDetectorCard } from '../../detect/card';

export interface DetectorTeacher {
  /** @param images N×3×size×size, normalised @returns its numbers N×(5 + classes)×places */
  numbers(images: Float32Array, batch: number, size: number): Promise<Float32Array>;
  release(): Promise<void>;
}

/**
 * @param model path of an .onnx file that `train --arch oneshot` or `oneshot-large` made, its card beside it
 * @throws Error naming the file that cannot be read, or takes other pictures
 */
export async function openDetectorTeacher(model: string, threads: number): Promise<DetectorTeacher> {
  const { input } = await readDetectorCard(detectorCardPath(model)).catch((error: unknown) => {
    throw new Error(`${model} is no one-shot network to learn from: ${(error as Error).message}`, {
      cause: error,
    });
  });
  if ([...input.mean, ...input.std].join() !== [...IMAGENET.mean, ...IMAGENET.std].join())
    throw new Error(`the teacher ${model} takes pictures that are normalised otherwise`);
  const session = await InferenceSession.create(model, threads ? { intraOpNumThreads: threads } : {}).catch(
    (error: unknown) => {
      throw new Error(`cannot load the teacher ${model}: ${(error as Error).message}`, { cause: error });
    },
  );
  return {
    async numbers(images, batch, size) {
      const feeds = { [session.inputNames[0]!]: new Tensor('float32', images, [batch, 3, size, size]) };
      return (await session.run(feeds))[session.outputNames[0]!]!.data as Float32Array;
    },
    release: () => session.release(),
  };
}
