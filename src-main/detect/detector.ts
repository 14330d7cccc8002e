/** One-shot detectors at work, ours and others': frames to faces with their mask classes. */
import { basename } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { MASK_CLASSES } from '../api';
import { type Fit, type Size, type Takes, fitOf, fittedSize, unfitted } from '../geometry';
import { type Detection, decode, suppress } from './decode';
import { type DetectorCard, detectorCardPath, readDetectorCard } from './card';
import { type ForeignFormat, type Mapped, recognise } from './foreign';
import { type Drawing, letterboxed, resized } from './letterbox';
import { fromHalf, toHalf } from '../onnx/half';
import { placesOf } from './places';

/** Time a frame took, in milliseconds. */
export interface FrameTimes {
  /** Shrinking and normalising. */
  prepare: number;
  run: number;
  /** Decoding and suppression. */
  decode: number;
}

export interface DetectorOptions {
  /** Threads of ONNX Runtime; 0 takes all cores. */
  threads?: number;
  /** Whether threads that have nothing to do rest, for whoever needs the processor between two frames. */
  resting?: boolean;
  /** For a model that is not ours: what each of its classes is to us, in its order. */
  classes?: readonly Mapped[];
  /** Side of its pictures where it takes any, in pixels. */
  size?: number;
}

/** What is particular to a model. */
interface Format {
  name: string;
  drawing: Drawing;
  takes: Takes;
  read(numbers: Float32Array, fit: Fit, least: number): Detection[];
}

/** Sides of the pictures of somebody's model that takes any. */
const FOREIGN_SIZE = 640;

export class Detector {
  /** Of the last frame. */
  times: FrameTimes = { prepare: 0, run: 0, decode: 0 };

  private constructor(
    private readonly session: InferenceSession,
    private readonly format: Format,
  ) {}

  /**
   * Opens a model: ours with its card beside it, or somebody's with `classes`.
   * @param model path of the .onnx file
   * @throws Error in one sentence naming the file: missing, damaged, or with outputs of another shape
   */
  static async open(model: string, options: DetectorOptions = {}): Promise<Detector> {
    const card = options.classes ? null : await readDetectorCard(detectorCardPath(model));
    const session = await openSession(model, model, options.threads, options.resting ? RESTING : {});
    try {
      const format = card ? ours(card) : await theirs(session, model, options);
      const detector = new Detector(session, format);
      // A frame of nothing shows at once whether what it gives can be read.
      await detector.find(new Uint8Array(64 * 64 * 3), { width: 64, height: 64 }, 0.5);
      return detector;
    } catch (error) {
      await session.release();
      throw new Error(`${model} cannot be used as a detector: ${(error as Error).message}`, { cause: error });
    }
  }

  /** Opens a model of ours that lies in memory. */
  static async ofBytes(
    model: Uint8Array,
    card: Pick<DetectorCard, 'name' | 'input'>,
    threads = 0,
  ): Promise<Detector> {
    return new Detector(await openSession(model, card.name, threads), ours(card));
  }

  get name(): string {
    return this.format.name;
  }

  /** What pictures it takes. */
  get takes(): Takes {
    return this.format.takes;
  }

  /**
   * Finds the faces of a frame.
   * @param rgb its pixels, row by row
   * @param least score below which nothing is a face
   * @returns faces in frame pixels, the surest first
   */
  async find(rgb: Uint8Array, frame: Size, least: number): Promise<Detection[]> {
    const start = performance.now();
    const fit = fitOf(frame, this.takes);
    const pixels = await resized(rgb, frame, fit);
    const { times, found } = await this.findFitted(pixels, frame, fit, least);
    this.times = { ...times, prepare: performance.now() - start - times.run - times.decode };
    return found;
  }

  /**
   * The same with a frame that is as small as the fit asks already.
   * @param pixels of `fittedSize`
   */
  async findFitted(
    pixels: Uint8Array,
    frame: Size,
    fit: Fit,
    least: number,
  ): Promise<{ found: Detection[]; times: FrameTimes }> {
    const start = performance.now();
    const images = letterboxed(pixels, fittedSize(frame, fit), fit, this.format.drawing);
    const prepared = performance.now();
    const { numbers } = await answerOf(this.session, images, fit);
    const ran = performance.now();
    const found = suppress(this.format.read(numbers, fit, least));
    return {
      found: found.map((face) => ({ ...face, box: unfitted(face.box, fit) })),
      times: { prepare: prepared - start, run: ran - prepared, decode: performance.now() - ran },
    };
  }

  async release(): Promise<void> {
    await this.session.release();
  }
}

/**
 * Threads that have nothing to do rest. ONNX Runtime's own would spin until there is something: with two, a frame of
 * 448×256 cost the processor 19 to 26 ms instead of 8, which the page needs for the next one.
 */
const RESTING = { extra: { session: { intra_op: { allow_spinning: '0' } } } };

async function openSession(
  model: string | Uint8Array,
  name: string,
  threads = 0,
  rest: Partial<typeof RESTING> = {},
): Promise<InferenceSession> {
  const options = {
    executionProviders: ['cpu'],
    ...rest,
    ...(threads ? { intraOpNumThreads: threads } : {}),
  };
  try {
    return await (typeof model === 'string'
      ? InferenceSession.create(model, options)
      : InferenceSession.create(model, options));
  } catch (error) {
    throw new Error(`cannot load ${name}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * What a model gives for a picture. Models of 16 bits are fed and read as such.
 * @param images 3×height×width
 * @throws Error in words when it gives no such numbers
 */
async function answerOf(
  session: InferenceSession,
  images: Float32Array,
  { width, height }: Size,
): Promise<{ dims: readonly number[]; numbers: Float32Array }> {
  const [input] = session.inputMetadata;
  const dims = [1, 3, height, width];
  const tensor =
    input?.isTensor && input.type === 'float16'
      ? new Tensor('float16', Uint16Array.from(images, toHalf), dims)
      : new Tensor('float32', images, dims);
  const output = (await session.run({ [session.inputNames[0]!]: tensor }))[session.outputNames[0]!]!;
  switch (output.type) {
    case 'float32':
      return { dims: output.dims, numbers: output.data as Float32Array };
    case 'float16': {
      // Their bits, or, where Node has them, the numbers themselves.
      const data = output.data as ArrayLike<number>;
      const read = data instanceof Uint16Array ? fromHalf : (value: number) => value;
      return { dims: output.dims, numbers: Float32Array.from(data, read) };
    }
    default:
      throw new Error(`it gives ${output.type}, not float32`);
  }
}

/** A model of ours takes pictures of any shape. */
function ours({ name, input }: Pick<DetectorCard, 'name' | 'input'>): Format {
  const rows = 5 + MASK_CLASSES.length;
  return {
    name,
    drawing: { ...input, bgr: false },
    takes: { size: input.size },
    read(numbers, fit, least) {
      const places = placesOf(fit.width, fit.height);
      if (numbers.length !== rows * places.count)
        throw new Error(`it gives ${numbers.length} numbers, where ${rows}×${places.count} are expected`);
      return decode(numbers, places, MASK_CLASSES.length, least);
    },
  };
}

/** Somebody's model: its format is told by what it gives for a picture of nothing. */
async function theirs(
  session: InferenceSession,
  model: string,
  { classes = [], size }: DetectorOptions,
): Promise<Format> {
  const [input] = session.inputMetadata;
  const shape = input?.isTensor ? input.shape : [];
  if (shape.length !== 4 || ![3, 'number'].includes(typeof shape[1] === 'number' ? shape[1] : 'number'))
    throw new Error(`it takes ${shape.join('×')}, not pictures 1×3×height×width`);
  const side = (dim: number | string | undefined) =>
    typeof dim === 'number' && dim > 0 ? dim : (size ?? FOREIGN_SIZE);
  const [height, width] = [side(shape[2]), side(shape[3])];
  if (width % 32 !== 0 || height % 32 !== 0)
    throw new Error(`its pictures are ${width}×${height}; sides must be multiples of 32`);
  const grey = new Float32Array(3 * width * height).fill(0.45);
  const { dims, numbers: sample } = await answerOf(session, grey, { width, height });
  const format: ForeignFormat = recognise(dims, { width, height }, classes, sample);
  return {
    name: `${basename(model, '.onnx')} (${format.name})`,
    drawing: format.input,
    takes: { width, height },
    read: (numbers, _fit, least) => format.read(numbers, least),
  };
}
