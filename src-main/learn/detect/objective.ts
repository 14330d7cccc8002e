/**
 * What the one-shot detector learns: boxes by 1 − DIoU, faces and mask classes by binary cross entropy, at the places
 * that the assigner chooses (YOLOX's decoupled losses with task-aligned targets). A face whose mask is not known teaches
 * its box and that it is a face; what is to be ignored teaches nothing.
 */
import { add, clip, detach, div, matmul, max, mul, reduceSum, reshape, sigmoid, split, sub, transpose } from '../../autograd/functions'; // prettier-ignore
import type { Graph, Value } from '../../autograd/graph';
import { binaryCrossEntropy } from '../../autograd/losses';
import { MASK_CLASSES } from '../../api';
import { STRIDES, placesOf } from '../../detect/places';
import type { SceneFace } from '../../data/scenes';
import { assign } from './assign';
import { type Edges, decoded, distanceLoss, overlap } from './boxes';

/** Faces of a picture that are taught; of a crowd that has more, the smallest are ignored. */
export const MOST_FACES = 40;

/** How much the parts of the loss weigh. */
const WEIGHTS = { box: 5, face: 1, kind: 1 } as const;

/** Places from whose centre a face's centre is no farther than this many strides may answer for it. */
const NEAR = 1.5;

export interface DetectionTargets {
  batch: number;
  /** Side of the pictures in pixels. */
  size: number;
  /** How much each class counts against the others. */
  classWeights: readonly number[];
}

/** @returns the loss of a batch of numbers N×(5 + classes)×places; feeds are `targetsOf`'s */
export const detectionLoss =
  ({ batch, size }: DetectionTargets) =>
  (numbers: Value, graph: Graph): Value => {
    const places = placesOf(size, size);
    const classes = MASK_CLASSES.length;
    const given = (name: string, rows: number) => graph.input(name, [batch, rows, MOST_FACES]);
    const boxes = given('boxes', 4);
    const kinds = given('kinds', classes);
    const known = given('known', 1);
    const candidates = graph.input('candidates', [batch, MOST_FACES, places.count]);
    const counted = graph.input('counted', [batch, 1, places.count]);

    const [x, y, w, h, face, kind] = split(numbers, [1, 1, 1, 1, 1, classes], 1) as [
      Value, Value, Value, Value, Value, Value,
    ]; // prettier-ignore
    const found = decoded(graph, [x, y, w, h], places);
    const still = mapped(found, detach);
    const column = (value: Value) => reshape(value, [batch, MOST_FACES, 1]);
    const edges = edgesOf(boxes);
    const overlaps = overlap(still, mapped(edges, column));
    const likely = matmul(transpose(kinds, [0, 2, 1]), sigmoid(detach(kind)));
    const unknown = column(sub(1, clip(reduceSum(kinds, [1], true), 0, 1)));
    const scores = mul(add(likely, unknown), sigmoid(detach(face)));
    const { answers, targets } = assign(candidates, scores, overlaps);

    const weight = reduceSum(targets, [1], true);
    const total = max(reduceSum(weight, [0, 1, 2]), 1);
    const mean = (each: Value) => div(reduceSum(each, [0, 1, 2]), total);
    const told = (rows: Value) => matmul(rows, answers);
    const boxLoss = mean(mul(distanceLoss(found, edgesOf(told(boxes))), weight));
    const faceLoss = mean(mul(binaryCrossEntropy(face, weight), counted));
    const knownWeight = matmul(known, targets);
    const kindLoss = mean(mul(binaryCrossEntropy(kind, told(kinds)), knownWeight));
    return add(add(mul(boxLoss, WEIGHTS.box), mul(faceLoss, WEIGHTS.face)), mul(kindLoss, WEIGHTS.kind));
  };

const mapped = (edges: Edges, f: (value: Value) => Value): Edges => ({
  left: f(edges.left),
  top: f(edges.top),
  right: f(edges.right),
  bottom: f(edges.bottom),
});

/** @param rows N×4×M: left, top, right, bottom */
function edgesOf(rows: Value): Edges {
  const [left, top, right, bottom] = split(rows, [1, 1, 1, 1], 1) as [Value, Value, Value, Value];
  return { left, top, right, bottom };
}

/**
 * The loss's inputs for a batch.
 * @param scenes the faces of each picture, in its pixels
 */
export function targetsOf(
  scenes: readonly (readonly SceneFace[])[],
  { batch, size, classWeights }: DetectionTargets,
): Record<string, Float32Array> {
  const places = placesOf(size, size);
  const classes = MASK_CLASSES.length;
  const boxes = new Float32Array(batch * 4 * MOST_FACES);
  const kinds = new Float32Array(batch * classes * MOST_FACES);
  const known = new Float32Array(batch * MOST_FACES);
  const candidates = new Float32Array(batch * MOST_FACES * places.count);
  const counted = new Float32Array(batch * places.count).fill(1);
  for (const [n, faces] of scenes.entries()) {
    const taught = faces
      .filter(({ label }) => label !== 'ignore')
      .sort((a, b) => b.box[2] * b.box[3] - a.box[2] * a.box[3]);
    const ignored = [...faces.filter(({ label }) => label === 'ignore'), ...taught.splice(MOST_FACES)];
    for (const { box } of ignored)
      forPlacesIn(size, box, 0, (place) => (counted[n * places.count + place] = 0));
    for (const [g, { box, label }] of taught.entries()) {
      const [left, top, width, height] = box;
      [left, top, left + width, top + height].forEach(
        (edge, k) => (boxes[(n * 4 + k) * MOST_FACES + g] = edge),
      );
      const row = (n * MOST_FACES + g) * places.count;
      forPlacesIn(size, box, NEAR, (place) => {
        candidates[row + place] = 1;
        counted[n * places.count + place] = 1;
      });
      if (label === 'face' || label === 'ignore') continue;
      const kind = MASK_CLASSES.indexOf(label);
      kinds[(n * classes + kind) * MOST_FACES + g] = 1;
      known[n * MOST_FACES + g] = classWeights[kind]!;
    }
  }
  return { boxes, kinds, known, candidates, counted };
}

/** Calls for every place inside a box, or nearer to its centre than so many strides both ways. */
function forPlacesIn(
  size: number,
  [left, top, width, height]: SceneFace['box'],
  near: number,
  call: (place: number) => void,
): void {
  const [cx, cy] = [left + width / 2, top + height / 2];
  let first = 0;
  for (const stride of STRIDES) {
    const side = size / stride;
    const from = (edge: number, centre: number) =>
      Math.max(0, Math.ceil(Math.min(edge, centre - near * stride) / stride - 0.5));
    const to = (edge: number, centre: number) =>
      Math.min(side - 1, Math.floor(Math.max(edge, centre + near * stride) / stride - 0.5));
    for (let row = from(top, cy); row <= to(top + height, cy); row++)
      for (let column = from(left, cx); column <= to(left + width, cx); column++)
        call(first + row * side + column);
    first += side * side;
  }
}
