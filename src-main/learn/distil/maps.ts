/**
 * Feature maps of networks that were not made to show them. No network names its stages: a stage is what has one
 * picture size, and its map is the last one of that size. So it is found in any graph, of ours or of an ONNX file.
 */
import type { Shape, Value } from '../../autograd/graph';

/** The last of each size (height × width, more than one place) among shapes in the order they are computed. */
export function lastOfEachSize<T>(all: readonly T[], shapeOf: (item: T) => Shape): T[] {
  const last = new Map<string, T>();
  for (const item of all) {
    const shape = shapeOf(item);
    if (shape.length !== 4 || shape[2]! * shape[3]! < 2) continue;
    const size = shape.slice(2).join('×');
    last.delete(size);
    last.set(size, item);
  }
  return [...last.values()];
}

/** A network's feature maps as graph: what is computed from its pictures and leads to its logits. */
export function mapsOf(logits: Value, images: Value): Value[] {
  const leading = new Set<Value>();
  const pending = [logits];
  for (let value = pending.pop(); value; value = pending.pop()) {
    if (leading.has(value)) continue;
    leading.add(value);
    for (const input of value.from?.inputs ?? []) if (input) pending.push(input);
  }
  const seen = new Set<Value>([images]);
  const made: Value[] = [];
  for (const call of logits.graph.tape) {
    if (!call.inputs.some((input) => input && seen.has(input))) continue;
    call.outputs.forEach((output) => seen.add(output));
    if (leading.has(call.outputs[0]!)) made.push(call.outputs[0]!);
  }
  return lastOfEachSize(made, ({ shape }) => shape);
}

/** Sides whose ratio is below this are of one stage: 64 and 56, but not 64 and 32. */
const NEAR = Math.SQRT2;

/**
 * Each of the student's maps with the teacher's that is nearest to it in size, where one is near.
 * @throws Error when none is
 */
export function pairs(student: readonly Value[], teacher: readonly Value[]): [Value, Value][] {
  const apart = (a: Value, b: Value) => Math.exp(Math.abs(Math.log(a.shape[2]! / b.shape[2]!)));
  const found = student.flatMap((own): [Value, Value][] => {
    const [nearest] = teacher.toSorted((a, b) => apart(own, a) - apart(own, b));
    return nearest && apart(own, nearest) < NEAR ? [[own, nearest]] : [];
  });
  if (found.length === 0) {
    const sides = (maps: readonly Value[]) => maps.map(({ shape }) => shape[2]).join(', ') || 'none';
    throw new Error(
      `student and teacher have no feature maps of about one size: ${sides(student)} and ${sides(teacher)} wide`,
    );
  }
  return found;
}
