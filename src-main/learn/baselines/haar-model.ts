/**
 * The Haar baseline as a file and as something that answers like a network: `haar.cascades` holds the three cascades
 * and the votes from which a part counts as found.
 */
import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { MASK_CLASSES, type MaskClass } from '../../api';
import { writeAtomic } from '../../files';
import { HAAR_SIZE, HaarCascades, type Thresholds, type Votes, classOf, lumaOf } from './haar';

const votes = v.pipe(v.number(), v.integer(), v.minValue(1));
const haarSchema = v.object({
  format: v.literal('maskwatch Haar cascades 1'),
  thresholds: v.object({ nose: votes, mouth: votes }),
  /** OpenCV's XML. */
  cascades: v.object({ face: v.string(), nose: v.string(), mouth: v.string() }),
});
export type HaarModel = v.InferOutput<typeof haarSchema>;

export const writeHaarModel = (path: string, model: Omit<HaarModel, 'format'>): Promise<void> =>
  writeAtomic(path, Buffer.from(JSON.stringify({ format: 'maskwatch Haar cascades 1', ...model })));

/** @throws Error naming the file that is no such model */
async function readHaarModel(path: string): Promise<HaarModel> {
  try {
    return v.parse(haarSchema, JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    throw new Error(`cannot load ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** Logits that say a class and nothing of how sure it is; the card's temperature makes probabilities of them. */
export const logitsOf = (classes: readonly MaskClass[]): Float32Array =>
  Float32Array.from(classes.flatMap((said) => MASK_CLASSES.map((name) => (name === said ? 4 : 0))));

/** The votes of each of normalised pictures N×3×S×S. */
export function votesOf(cascades: HaarCascades, images: Float32Array): Votes[] {
  const count = images.length / (3 * HAAR_SIZE ** 2);
  return Array.from({ length: count }, (_, i) => cascades.votes(lumaOf(images, i)));
}

/** Answers as a Predictor does. */
export class HaarPredictor {
  private constructor(
    private readonly cascades: HaarCascades,
    private readonly thresholds: Thresholds,
  ) {}

  /**
   * @param path of a .cascades file
   * @throws Error naming the file that cannot be read; Error when OpenCV is not installed
   */
  static async open(path: string): Promise<HaarPredictor> {
    const model = await readHaarModel(path);
    return new HaarPredictor(await HaarCascades.open(model.cascades), model.thresholds);
  }

  /** @param images N×3×HAAR_SIZE×HAAR_SIZE, normalised by ImageNet's means @returns N×3 */
  logits(images: Float32Array): Promise<Float32Array> {
    const said = votesOf(this.cascades, images).map((each) => classOf(each, this.thresholds));
    return Promise.resolve(logitsOf(said));
  }

  release(): Promise<void> {
    this.cascades.close();
    return Promise.resolve();
  }
}
