/**
 * What the one-shot detector learns: boxes by 1 − DIoU, faces and mask classes by binary cross entropy, at the places
 * that the assigner chooses (YOLOX's decoupled losses with task-aligned targets). A face whose mask is not known teaches
 * its box and that it is a face; what is to be ignored teaches nothing.
 */
import { add, clip, detach, div, matmul, max, mul, reduceSum, reshape, sigmoid, split, sub, transpose } from '../../autograd/functions'; // prettier-ignore
import type { Graph, Value } from '../../autograd/graph';
import { binaryCrossEntropy } from '../../autograd/losses';
import { MASK_CLASSES } from '../../api';
import { placesOf } from '../../detect/places';
import { assign } from './assign';
import { type Edges, decoded, distanceLoss, overlap } from './boxes';
import { MOST_FACES, type PictureBatch } from './targets';

/** How much the parts of the loss weigh. */
const WEIGHTS = { box: 5, face: 1, kind: 1 } as const;

/**
 * @param teaches whether a larger detector's answers are fed too (see teacher.ts)
 * @returns the loss of a batch of numbers N×(5 + classes)×places; feeds are `targetsOf`'s
 */
export const detectionLoss =
  (pictures: PictureBatch, teaches = false) =>
  (numbers: Value, graph: Graph): Value => {
    const labels = labelLoss(numbers, graph, pictures);
    if (!teaches) return labels;
    return add(labels, teacherLoss(numbers, graph.input('teacher', numbers.shape), graph, pictures));
  };

/** A batch's numbers by what they mean: of a box, a face, and classes. */
function partsOf(numbers: Value) {
  const classes = MASK_CLASSES.length;
  const [x, y, w, h, face, kind] = split(numbers, [1, 1, 1, 1, 1, classes], 1) as [
    Value, Value, Value, Value, Value, Value,
  ]; // prettier-ignore
  return { box: [x, y, w, h] as const, face, kind };
}

/** The parts weighed and added. */
const weighed = (box: Value, face: Value, kind: Value): Value =>
  add(add(mul(box, WEIGHTS.box), mul(face, WEIGHTS.face)), mul(kind, WEIGHTS.kind));

/**
 * Following a larger detector of the same places: its box, face and classes are what to say at each place, boxes and
 * classes as far as it holds the place for a face.
 */
function teacherLoss(numbers: Value, teacher: Value, graph: Graph, { size }: PictureBatch): Value {
  const places = placesOf(size, size);
  const [own, told] = [partsOf(numbers), partsOf(teacher)];
  const weight = sigmoid(told.face);
  const total = max(reduceSum(weight, [0, 1, 2]), 1);
  const mean = (each: Value) => div(reduceSum(each, [0, 1, 2]), total);
  return weighed(
    mean(mul(distanceLoss(decoded(graph, own.box, places), decoded(graph, told.box, places)), weight)),
    mean(binaryCrossEntropy(own.face, weight)),
    mean(mul(binaryCrossEntropy(own.kind, sigmoid(told.kind)), weight)),
  );
}

function labelLoss(numbers: Value, graph: Graph, { batch, size }: PictureBatch): Value {
  const places = placesOf(size, size);
  const classes = MASK_CLASSES.length;
  const given = (name: string, rows: number) => graph.input(name, [batch, rows, MOST_FACES]);
  const boxes = given('boxes', 4);
  const kinds = given('kinds', classes);
  const known = given('known', 1);
  const candidates = graph.input('candidates', [batch, MOST_FACES, places.count]);
  const counted = graph.input('counted', [batch, 1, places.count]);

  const { box, face, kind } = partsOf(numbers);
  const found = decoded(graph, box, places);
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
  return weighed(boxLoss, faceLoss, kindLoss);
}

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
