/**
 * A classifier's model opened on one provider: bytes of crops in, probabilities out. Checks once that the model
 * is what its card says. Choosing among providers and falling back is classifier.ts's business.
 */
import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { MASK_CLASSES, type Probabilities, type Provider } from '../api';
import type { ModelCard } from '../nets/card';
import { CropNormaliser, MAX_BATCH } from './crops';
import { openSession } from './providers';

/** A model's bytes with its card and the file they came from. */
export interface LoadedModel {
  path: string;
  bytes: Uint8Array;
  card: ModelCard;
}

const CLASSES = MASK_CLASSES.length;

/** What of an ONNX Runtime session an engine uses. */
export type Session = Pick<
  InferenceSession,
  'run' | 'release' | 'inputNames' | 'outputNames' | 'inputMetadata' | 'outputMetadata'
>;

const describe = (shape: readonly (number | string)[]): string =>
  `[${shape.map((d) => (typeof d === 'string' ? 'N' : d)).join(', ')}]`;

/** Whether a model's declared shape is [N, ...sizes] with N free. A size that is left free is taken as right. */
const fits = (shape: readonly (number | string)[], sizes: number[]): boolean =>
  shape.length === sizes.length + 1 &&
  typeof shape[0] === 'string' &&
  sizes.every((size, i) => typeof shape[i + 1] === 'string' || shape[i + 1] === size);

/** Whether a session takes crops as they come, N×S×S×3 bytes, as eight-bit models do (onnx/quantise.ts). */
function takesBytes({ inputMetadata: [input] }: Session): boolean {
  return input?.isTensor === true && input.type === 'uint8';
}

/** @throws Error naming the file when the model does not take and give what its card says */
function checkShapes(session: Session, { path, card }: LoadedModel): void {
  const check = (
    what: string,
    all: readonly InferenceSession.ValueMetadata[],
    sizes: number[],
    type: 'float32' | 'uint8' = 'float32',
  ) => {
    const value = all[0];
    if (all.length !== 1 || !value?.isTensor || value.type !== type || !fits(value.shape, sizes)) {
      const found = all
        .map((m) => (m.isTensor ? `${m.type} ${describe(m.shape)}` : 'no tensor'))
        .join(' and ');
      throw new Error(
        `the model ${path} does not fit its card: its ${what} is ${found || 'nothing'}, not ${type} ${describe(['N', ...sizes])}`,
      );
    }
  };
  const { size } = card.input;
  if (takesBytes(session)) check('input', session.inputMetadata, [size, size, 3], 'uint8');
  else check('input', session.inputMetadata, [3, size, size]);
  check('output', session.outputMetadata, [CLASSES]);
}

/** Softmax of n rows of logits at a temperature. */
export function softmaxRows(logits: Float32Array, n: number, temperature: number): Probabilities[] {
  return Array.from({ length: n }, (_, row) => {
    const values = Array.from(logits.subarray(row * CLASSES, (row + 1) * CLASSES), (x) => x / temperature);
    const most = Math.max(...values);
    const powers = values.map((x) => Math.exp(x - most));
    const sum = powers.reduce((a, b) => a + b, 0);
    return Object.fromEntries(MASK_CLASSES.map((name, i) => [name, powers[i]! / sum])) as Probabilities;
  });
}

export class Engine {
  readonly #normaliser: CropNormaliser;

  private constructor(
    readonly provider: Provider,
    readonly model: LoadedModel,
    private readonly session: Session,
  ) {
    this.#normaliser = new CropNormaliser(model.card.input);
  }

  /** What runs it, for people. */
  get name(): string {
    return this.model.card.eightBit ? `${this.provider} in eight bits` : this.provider;
  }

  /**
   * @param open opens the session; tests put a failing one here
   * @throws Error when the provider or the model does not load, or the model does not fit its card
   */
  static async open(
    model: LoadedModel,
    provider: Provider,
    open: (bytes: Uint8Array, provider: Provider) => Promise<Session> = openSession,
  ): Promise<Engine> {
    const session = await open(model.bytes, provider);
    try {
      checkShapes(session, model);
    } catch (error) {
      await session.release();
      throw error;
    }
    return new Engine(provider, model, session);
  }

  /**
   * @param crops at least n×S×S×3 bytes, RGB
   * @returns n probabilities
   * @throws Error when the provider fails or answers with what is not a number. Not to be called twice at once.
   */
  async classify(crops: Uint8Array, n: number): Promise<Probabilities[]> {
    const all: Probabilities[] = [];
    for (let first = 0; first < n; first += MAX_BATCH) {
      const count = Math.min(MAX_BATCH, n - first);
      all.push(...(await this.#batch(this.#input(crops, first, count), count)));
    }
    return all;
  }

  #input(crops: Uint8Array, first: number, n: number): Tensor {
    const { size, cropBytes } = this.#normaliser;
    if (!takesBytes(this.session))
      return new Tensor('float32', this.#normaliser.normalise(crops, first, n), [n, 3, size, size]);
    return new Tensor('uint8', crops.subarray(first * cropBytes, (first + n) * cropBytes), [
      n,
      size,
      size,
      3,
    ]);
  }

  async #batch(input: Tensor, n: number): Promise<Probabilities[]> {
    const output = (await this.session.run({ [this.session.inputNames[0]!]: input }))[
      this.session.outputNames[0]!
    ];
    const logits = output?.data;
    if (!(logits instanceof Float32Array) || logits.length !== n * CLASSES)
      throw new Error(`the model gave ${output?.dims.join('×') ?? 'nothing'} instead of ${n}×${CLASSES}`);
    if (!logits.every(Number.isFinite)) throw new Error('the model gave what is not a number');
    return softmaxRows(logits, n, this.model.card.temperature);
  }

  close(): Promise<void> {
    return this.session.release();
  }
}
