/** The detector's losses and its assigner: gradients against finite differences, and what each place is told. */
import { describe, expect, it, test } from 'vitest';
import { Graph, type Value } from '../../../src-main/autograd/graph';
import type { SceneFace } from '../../../src-main/data/scenes';
import { placesOf } from '../../../src-main/detect/places';
import { assign } from '../../../src-main/learn/detect/assign';
import { type Edges, decoded, distanceLoss, overlap } from '../../../src-main/learn/detect/boxes';
import { detectionLoss } from '../../../src-main/learn/detect/objective';
import { MOST_FACES, targetsOf } from '../../../src-main/learn/detect/targets';
import { iou } from '../../../src-main/geometry';
import { seeded } from '../../../src-main/random';
import { checkGradients, numbers, random, run } from '../../autograd/gradient-check';

const edges = (list: readonly Value[]): Edges => ({
  left: list[0]!,
  top: list[1]!,
  right: list[2]!,
  bottom: list[3]!,
});
const NAMES = ['left', 'top', 'right', 'bottom'];

describe('boxes', () => {
  const boxes = [
    [10, 10, 30, 40],
    [12, 8, 20, 50],
    [60, 60, 20, 20],
    [0, 0, 100, 100],
  ] as const;
  const fed = (list: readonly (readonly number[])[]) =>
    Object.fromEntries(
      NAMES.map((name, k) => [
        name,
        Float32Array.from(list, ([x, y, w, h]) => [x!, y!, x! + w!, y! + h!][k]!),
      ]),
    );

  it('overlap as geometry says', async () => {
    const graph = new Graph();
    const [a, b] = ['a', 'b'].map((side) => edges(NAMES.map((name) => graph.input(`${side} ${name}`, [16]))));
    const pairs = boxes.flatMap((p) => boxes.map((q) => [p, q] as const));
    const feeds = Object.fromEntries(
      (['a', 'b'] as const).flatMap((side, i) =>
        Object.entries(fed(pairs.map((pair) => pair[i]!))).map(([name, values]) => [
          `${side} ${name}`,
          [values, [16]] as [Float32Array, number[]],
        ]),
      ),
    );
    const { shared, loss } = await run({ shared: overlap(a!, b!), loss: distanceLoss(a!, b!) }, feeds);
    pairs.forEach(([p, q], i) => {
      expect(shared![i]).toBeCloseTo(iou([...p], [...q]), 4);
      // Boxes that are the same cost nothing; ones that do not touch cost more than 1, the farther the more.
      if (p === q) expect(loss![i]).toBeCloseTo(0, 4);
      if (iou([...p], [...q]) === 0) expect(loss![i]).toBeGreaterThan(1);
    });
  });

  test('gradients of 1 − DIoU, touching or not', () =>
    checkGradients(
      Object.fromEntries(NAMES.map((name) => [name, [3]])),
      (inputs) => {
        const graph = inputs['left']!.graph;
        const target = [11.3, 9.2, 35.4, 52.7].map((value) => graph.constant([value], [1]));
        return distanceLoss(edges(NAMES.map((name) => inputs[name]!)), edges(target));
      },
      { values: fed(boxes.slice(0, 3)), epsilon: 0.05, tolerance: 1e-2 },
    ));

  test('gradients of what a place gives', () =>
    checkGradients(
      { across: [1, 1, 21], down: [1, 1, 21], w: [1, 1, 21], h: [1, 1, 21] },
      ({ across, down, w, h }) => {
        const { graph } = across!;
        const box = decoded(graph, [across!, down!, w!, h!], placesOf(32, 32));
        return overlap(box, edges([4, 4, 28, 28].map((value) => graph.constant([value], [1, 1, 1]))));
      },
      { epsilon: 1e-3, tolerance: 3e-2 },
    ));
});

describe('the assigner', () => {
  const [faces, places] = [4, 50];
  /** Random scores and overlaps; each face may be answered by the places that are near it. */
  async function assigned(seed: number, near: (face: number, place: number) => boolean) {
    const next = seeded(seed);
    const graph = new Graph();
    const shape = [1, faces, places];
    const fed = () => Float32Array.from({ length: faces * places }, () => 0.05 + 0.9 * next());
    const candidates = Float32Array.from({ length: faces * places }, (_, i) =>
      near(Math.floor(i / places), i % places) ? 1 : 0,
    );
    const [scores, overlaps] = [fed(), fed()];
    const [c, s, o] = ['c', 's', 'o'].map((name) => graph.input(name, shape));
    const { answers, targets } = assign(c!, s!, o!);
    const got = await run(
      { answers, targets },
      { c: [candidates, shape], s: [scores, shape], o: [overlaps, shape] },
    );
    const row = (values: Float32Array, face: number) =>
      Array.from(values.subarray(face * places, (face + 1) * places));
    return { candidates, scores, overlaps, answers: got['answers']!, targets: got['targets']!, row };
  }

  it.each([1, 2, 3])(
    'gives each place one face at most, a near one, and each face ten places at most',
    async (seed) => {
      const { candidates, answers, row } = await assigned(
        seed,
        (face, place) => face < 3 && Math.abs(place - 12 * face) < 20,
      );
      for (let place = 0; place < places; place++) {
        const of = Array.from({ length: faces }, (_, face) => answers[face * places + place]!);
        expect(of.reduce((a, b) => a + b)).toBeLessThanOrEqual(1);
      }
      answers.forEach((answer, i) => {
        if (answer > 0) expect(candidates[i]).toBe(1);
      });
      for (let face = 0; face < 3; face++) {
        const taken = row(answers, face).filter((answer) => answer > 0).length;
        expect(taken).toBeGreaterThan(0);
        expect(taken).toBeLessThanOrEqual(10);
      }
      expect(Math.max(...row(answers, 3))).toBe(0); // Nothing is near the fourth.
    },
  );

  it('takes the best aligned, and asks as much of the best as its boxes overlap', async () => {
    const { scores, overlaps, answers, targets, row } = await assigned(5, (face) => face === 1);
    const aligned = row(scores, 1).map((score, i) => Math.sqrt(score) * row(overlaps, 1)[i]! ** 6);
    const tenth = aligned.toSorted((a, b) => b - a)[9]!;
    row(answers, 1).forEach((answer, i) => expect(answer).toBe(aligned[i]! >= tenth ? 1 : 0));
    const chosen = row(overlaps, 1).filter((_, i) => aligned[i]! >= tenth);
    expect(Math.max(...targets)).toBeCloseTo(Math.max(...chosen), 4);
    expect(row(targets, 1).indexOf(Math.max(...targets))).toBe(aligned.indexOf(Math.max(...aligned)));
  });

  it('follows the network: other scores, other places', async () => {
    const [first, second] = [
      await assigned(6, (face) => face === 0),
      await assigned(7, (face) => face === 0),
    ];
    expect(Array.from(first.answers)).not.toEqual(Array.from(second.answers));
  });
});

describe('the whole loss', () => {
  const size = 64;
  const options = { batch: 1, size };
  const even = [1, 1, 1];
  const { count } = placesOf(size, size);
  /** The loss's inputs with their shapes. */
  const fedOf = (faces: SceneFace[]) =>
    Object.fromEntries(
      Object.entries(targetsOf([faces], options, even)).map(([name, values]) => {
        const columns = name === 'candidates' || name === 'counted' ? count : MOST_FACES;
        return [name, [values, [1, values.length / columns, columns]] as [Float32Array, number[]]];
      }),
    );
  const lossOf = async (faces: SceneFace[], raw: Float32Array) => {
    const graph = new Graph();
    const shape = [1, 8, count];
    const loss = detectionLoss(options)(graph.input('raw', shape), graph);
    const got = await run({ loss }, { raw: [raw, shape], ...fedOf(faces) });
    return got['loss']![0]!;
  };
  const raw = numbers(8 * count, random(3));
  const face = (label: SceneFace['label']): SceneFace => ({ box: [10, 10, 30, 34], label });
  const withKinds = (value: number) => raw.map((x, i) => (i >= 5 * count ? value : x));
  const withFaces = (value: number, where: (place: number) => boolean) =>
    raw.map((x, i) => (i >= 4 * count && i < 5 * count && where(i - 4 * count) ? value : x));

  it('asks no class of a face whose mask is not known', async () => {
    expect(await lossOf([face('face')], withKinds(3))).toBeCloseTo(
      await lossOf([face('face')], withKinds(-3)),
      3,
    );
    expect(await lossOf([face('none')], withKinds(3))).not.toBeCloseTo(
      await lossOf([face('none')], withKinds(-3)),
      1,
    );
  });

  it('lets places in an ignored face say what they like, and no others', async () => {
    const places = placesOf(size, size);
    const inside = (place: number) =>
      places.x[place]! > 10 && places.x[place]! < 40 && places.y[place]! > 10 && places.y[place]! < 44;
    const ignored = [face('ignore')];
    expect(await lossOf(ignored, withFaces(4, inside))).toBeCloseTo(
      await lossOf(ignored, withFaces(-4, inside)),
      3,
    );
    expect(await lossOf([], withFaces(4, inside))).toBeGreaterThan(
      (await lossOf([], withFaces(-4, inside))) + 1,
    );
  });

  it('is least where a teacher is followed exactly', async () => {
    const graph = new Graph();
    const shape = [1, 8, count];
    const loss = detectionLoss(options, true)(graph.input('raw', shape), graph);
    const teacher = numbers(8 * count, random(9)).map((x) => 2 * x);
    const feeds = fedOf([]);
    const of = async (given: Float32Array) =>
      (await run({ loss }, { ...feeds, raw: [given, shape], teacher: [teacher, shape] }))['loss']![0]!;
    // Without faces of its own a picture's labels ask for none: that part is the same for both but for the faces.
    const followed = teacher.slice();
    const other = teacher.map((x, i) => (i < 4 * count || i >= 5 * count ? -x : x));
    expect(await of(followed)).toBeLessThan(await of(other));
  });
});
