/** Boxes as graph: what the detector's numbers mean in pixels, and how two boxes overlap. */
import { add, clip, div, exp, max, min, mul, relu, sub } from '../../autograd/functions';
import type { Graph, Value } from '../../autograd/graph';
import { type Places, SIDE_LIMITS } from '../../detect/places';

/** Edges of boxes in pixels; the four broadcast with those of other boxes. */
export interface Edges {
  left: Value;
  top: Value;
  right: Value;
  bottom: Value;
}

/**
 * Boxes of places (see detect/places.ts).
 * @param numbers x, y, width and height as the network gives them, N×1×places each
 * @returns edges N×1×places
 */
export function decoded(graph: Graph, numbers: readonly [Value, Value, Value, Value], places: Places): Edges {
  const row = (values: Float32Array) => graph.constant(values, [1, 1, places.count]);
  const stride = row(places.stride);
  const [x, y] = [add(mul(numbers[0], stride), row(places.x)), add(mul(numbers[1], stride), row(places.y))];
  const half = (side: Value) => mul(exp(clip(side, ...SIDE_LIMITS)), row(places.stride.map((s) => s / 2)));
  const [w, h] = [half(numbers[2]), half(numbers[3])];
  return { left: sub(x, w), top: sub(y, h), right: add(x, w), bottom: add(y, h) };
}

/** Keeps divisions by areas and lengths away from 0, in pixels. */
const LEAST = 1e-3;

/** Intersection over union of boxes, of the shape they broadcast to. */
export function overlap(a: Edges, b: Edges): Value {
  const width = relu(sub(min(a.right, b.right), max(a.left, b.left)));
  const height = relu(sub(min(a.bottom, b.bottom), max(a.top, b.top)));
  const shared = mul(width, height);
  const area = (box: Edges) => mul(sub(box.right, box.left), sub(box.bottom, box.top));
  return div(shared, add(sub(add(area(a), area(b)), shared), LEAST));
}

/**
 * 1 − DIoU (Zheng et al. 2020): the overlap, less the square of how far the centres lie apart, measured by the diagonal
 * of the box around both. So boxes that do not touch are still drawn together.
 */
export function distanceLoss(a: Edges, b: Edges): Value {
  const square = (value: Value) => mul(value, value);
  const width = sub(max(a.right, b.right), min(a.left, b.left));
  const height = sub(max(a.bottom, b.bottom), min(a.top, b.top));
  const across = sub(add(a.left, a.right), add(b.left, b.right));
  const down = sub(add(a.top, a.bottom), add(b.top, b.bottom));
  const apart = mul(add(square(across), square(down)), 0.25);
  const diagonal = add(add(square(width), square(height)), LEAST);
  return add(sub(1, overlap(a, b)), div(apart, diagonal));
}
