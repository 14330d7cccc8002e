import { expect, test } from 'vitest';
import { CloseVectors } from '../../src-main/data/close-vectors';
import { seeded } from '../../src-main/random';

const random = seeded(3);
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const ofLengthOne = (vector: number[]) => {
  const length = Math.hypot(...vector);
  return Float32Array.from(vector, (x) => x / length);
};
const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

/** Vectors about a common middle, in groups as tight as `spread`. */
function groups(count: number, size: number, spread: number): Float32Array[] {
  const middle = Array.from({ length: size }, () => 1 + normal());
  const centres = Array.from({ length: count / 4 }, () => middle.map((x) => x + 0.6 * normal()));
  return Array.from({ length: count }, (_, i) =>
    ofLengthOne(centres[i % centres.length]!.map((x) => x + spread * normal())),
  );
}

test.each([
  ['tight groups', groups(200, 60, 0.1)],
  ['loose groups', groups(200, 60, 0.35)],
  ['fewer numbers than axes', groups(80, 5, 0.1)],
  ['all alike', Array.from({ length: 20 }, () => ofLengthOne([1, 2, 3]))],
  ['one', [ofLengthOne([1, 0])]],
  ['none', []],
])('%s: every pair as close as asked is given, and few others', (_, vectors) => {
  const close = new CloseVectors(vectors.length, (i) => vectors[i]!);
  const given = new Set<string>();
  const met: number[] = [];
  for (let place = 0; place < vectors.length; place++) {
    const { index, close: others } = close.at(place, 0.94);
    met.push(index);
    for (const other of others) given.add([index, other].sort((a, b) => a - b).join());
  }
  expect(met.sort((a, b) => a - b)).toEqual([...vectors.keys()]);
  const wanted: string[] = [];
  for (let i = 0; i < vectors.length; i++)
    for (let j = 0; j < i; j++) if (cosine(vectors[i]!, vectors[j]!) >= 0.94) wanted.push([j, i].join());
  expect(wanted.filter((pair) => !given.has(pair))).toEqual([]);
  expect(given.size).toBeLessThanOrEqual(1.5 * wanted.length + 10);
});
