/**
 * One-shot detectors of others: the outputs of YOLOv5, YOLOv8 and YOLOX as their own exports write them, told apart by
 * their shapes, and a map from their classes to ours.
 *
 * YOLOv5: 1×(3·places)×(5 + C), centre and sides in pixels, face, classes, all through a sigmoid already.
 * YOLOv8: 1×(4 + C)×places, centre and sides in pixels, classes through a sigmoid.
 * End to end (YOLOv8 and later with suppression inside, YOLOv10, YOLO26): 1×faces×6, corners in pixels, score, class.
 * YOLOX: 1×places×(5 + C), centre in strides from the cell's corner, logarithms of sides in strides (or in pixels where
 * the export decodes), face and classes through a sigmoid; pictures are BGR from 0 to 255.
 */
import { MASK_CLASSES, type MaskClass } from '../api';
import type { Detection } from './decode';
import { placesOf } from './places';

/** What a class of somebody's model is to us: a mask class, a face whose mask is not told, or nothing. */
export const MAPPED = [...MASK_CLASSES, 'face', '-'] as const;
export type Mapped = (typeof MAPPED)[number];

/** How a model's pictures are made: (byte − mean·255) / (std·255), and the order of the channels. */
export interface ForeignInput {
  mean: number[];
  std: number[];
  bgr: boolean;
}

const UNIT: ForeignInput = { mean: [0, 0, 0], std: [1, 1, 1], bgr: false };
const BYTES_BGR: ForeignInput = { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255], bgr: true };

export interface ForeignFormat {
  name: 'YOLOv5' | 'YOLOv8' | 'YOLOX' | 'YOLO end to end';
  input: ForeignInput;
  /** @param numbers what the model gave @param least score below which a place is passed over */
  read(numbers: Float32Array, least: number): Detection[];
}

/** A row of numbers: how many, and where each begins and how far apart they lie. */
interface Rows {
  count: number;
  at: (row: number, number: number) => number;
}

/**
 * Recognises a model by the shape of what it gives.
 * @param dims of its first output
 * @param size of its pictures in pixels
 * @param classes what its classes are to us, in its order
 * @param sample what it gave for a picture of nothing, to tell decoded boxes from raw ones
 * @throws Error in one sentence when it is none of the formats or has another number of classes
 */
export function recognise(
  dims: readonly number[],
  size: { width: number; height: number },
  classes: readonly Mapped[],
  sample: Float32Array,
): ForeignFormat {
  const places = placesOf(size.width, size.height);
  const [batch, a, b] = dims;
  const shape = dims.join('×');
  const known =
    `YOLOv5 (1×${3 * places.count}×${5 + classes.length}), YOLOv8 (1×${4 + classes.length}×${places.count}), ` +
    `YOLOX (1×${places.count}×${5 + classes.length}) or YOLO with suppression inside (1×faces×6)`;
  if (dims.length === 3 && batch === 1) {
    if (b === places.count && a === 4 + classes.length) {
      const rows: Rows = { count: b, at: (row, number) => number * places.count + row };
      return { name: 'YOLOv8', input: UNIT, read: reader(rows, classes, false, (n) => n) };
    }
    const rows: Rows = { count: a!, at: (row, number) => row * b! + number };
    if (b === 5 + classes.length && a === 3 * places.count)
      return { name: 'YOLOv5', input: UNIT, read: reader(rows, classes, true, (n) => n) };
    if (b === 5 + classes.length && a === places.count) {
      const isDecoded = Array.from({ length: a }, (_, row) => Math.abs(sample[row * b]!)).some((x) => x > 64);
      const inPixels = (box: number[], row: number) => {
        const stride = places.stride[row]!;
        const corner = [places.x[row]! - stride / 2, places.y[row]! - stride / 2];
        const centre = [0, 1].map((k) => corner[k]! + box[k]! * stride);
        return [...centre, Math.exp(box[2]!) * stride, Math.exp(box[3]!) * stride];
      };
      return {
        name: 'YOLOX',
        input: BYTES_BGR,
        read: reader(rows, classes, true, isDecoded ? (box) => box : inPixels),
      };
    }
    if (b === 6) return { name: 'YOLO end to end', input: UNIT, read: suppressedReader(rows, classes) };
  }
  throw new Error(
    `the model gives ${shape}, which with ${classes.length} classes at ${size.width}×${size.height} is none of ${known}`,
  );
}

function reader(
  { count, at }: Rows,
  classes: readonly Mapped[],
  hasFace: boolean,
  inPixels: (box: number[], row: number) => number[],
): ForeignFormat['read'] {
  const first = hasFace ? 5 : 4;
  return (numbers, least) => {
    const found: Detection[] = [];
    for (let row = 0; row < count; row++) {
      const face = hasFace ? numbers[at(row, 4)]! : 1;
      if (!(face >= least)) continue;
      const scores = classes.map((name, k) => (name === '-' ? 0 : face * numbers[at(row, first + k)]!));
      const score = Math.max(...scores);
      if (!(score >= least)) continue;
      const box = inPixels(
        [0, 1, 2, 3].map((k) => numbers[at(row, k)]!),
        row,
      );
      const [x, y, width, height] = box as [number, number, number, number];
      if (!(width > 0 && height > 0 && Number.isFinite(x + y + width + height))) continue;
      found.push({
        box: [x - width / 2, y - height / 2, width, height],
        score: Math.min(1, score),
        probabilities: probabilitiesOf(scores, classes),
      });
    }
    return found;
  };
}

/** Rows of corners, score and class; those that are left over have the score 0. */
function suppressedReader({ count, at }: Rows, classes: readonly Mapped[]): ForeignFormat['read'] {
  return (numbers, least) =>
    Array.from({ length: count }, (_, row) => [0, 1, 2, 3, 4, 5].map((k) => numbers[at(row, k)]!)).flatMap(
      (of): Detection[] => {
        const [left, top, right, bottom, score, name] = of as [
          number,
          number,
          number,
          number,
          number,
          number,
        ];
        const isFace = (classes[Math.round(name)] ?? '-') !== '-';
        if (!isFace || !(score >= least) || !(right > left && bottom > top)) return [];
        const scores = classes.map((_class, k) => (k === Math.round(name) ? score : 0));
        const box: Detection['box'] = [left, top, right - left, bottom - top];
        return [{ box, score: Math.min(1, score), probabilities: probabilitiesOf(scores, classes) }];
      },
    );
}

/** Scores of a model's classes as probabilities of ours; alike where it only knows faces. */
function probabilitiesOf(scores: readonly number[], classes: readonly Mapped[]): number[] {
  const of = (mask: MaskClass) =>
    scores.reduce((sum, score, k) => sum + (classes[k] === mask ? score : 0), 0);
  const ours = MASK_CLASSES.map(of);
  const sum = ours.reduce((a, b) => a + b, 0);
  return sum > 0 ? ours.map((score) => score / sum) : ours.map(() => 1 / MASK_CLASSES.length);
}
