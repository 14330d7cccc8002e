/** Detectors of others: each format read as a plain reader of its own would, and models of other shapes refused. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Graph } from '../../src-main/autograd/graph';
import { add, mul, reduceSum } from '../../src-main/autograd/functions';
import { Detector } from '../../src-main/detect/detector';
import { type Mapped, recognise } from '../../src-main/detect/foreign';
import { placesOf } from '../../src-main/detect/places';
import { fromHalf, toHalf } from '../../src-main/onnx/half';
import { decodeModel } from '../../src-main/onnx/decode';
import { encodeModel } from '../../src-main/onnx/encode';
import type { Model, Node } from '../../src-main/onnx/model';

const [width, height] = [64, 32];
const size = { width, height };
const { count } = placesOf(width, height);
const CLASSES: Mapped[] = ['none', 'correct'];
const none = (length: number) => new Float32Array(length);

describe('recognise', () => {
  it('reads YOLOv8: rows of numbers, classes without a face', () => {
    const format = recognise([1, 6, count], size, CLASSES, none(6 * count));
    expect(format.name).toBe('YOLOv8');
    const numbers = none(6 * count);
    [30, 20, 10, 8, 0.1, 0.7].forEach((value, row) => (numbers[row * count + 5] = value));
    const [face, ...others] = format.read(numbers, 0.3);
    expect(others).toEqual([]);
    expect(face!.box).toEqual([25, 16, 10, 8]);
    expect(face!.score).toBeCloseTo(0.7, 5);
    expect(face!.probabilities.map((p) => Number(p.toFixed(4)))).toEqual([0.875, 0, 0.125]);
  });

  it('reads YOLOv5: three anchors a place, classes times face', () => {
    const format = recognise([1, 3 * count, 7], size, CLASSES, none(21 * count));
    expect(format.name).toBe('YOLOv5');
    const numbers = none(21 * count);
    numbers.set([30, 20, 10, 8, 0.5, 0.2, 0.8], 7 * 40);
    numbers.set([30, 20, 10, 8, 0.5, 0.2, 0.4], 7 * 41); // 0.5 · 0.4 is too little.
    const found = format.read(numbers, 0.3);
    expect(found).toHaveLength(1);
    expect(found[0]!.score).toBeCloseTo(0.4, 5);
  });

  it('reads YOLOX, raw from the cell’s corner or decoded by its export', () => {
    const raw = recognise([1, count, 7], size, CLASSES, none(7 * count));
    expect(raw).toMatchObject({ name: 'YOLOX', input: { bgr: true } });
    const numbers = none(7 * count);
    // The second cell of the second row at stride 8, its centre 1.5 cells from the corner.
    numbers.set([0.5, 0.25, Math.log(2), 0, 0.9, 1, 0], 7 * (width / 8 + 1));
    const [face] = raw.read(numbers, 0.3);
    expect(face!.box.map((x) => Number(x.toFixed(3)))).toEqual([4, 6, 16, 8]);
    const sample = none(7 * count).fill(100);
    const decoded = recognise([1, count, 7], size, CLASSES, sample);
    numbers.set([30, 20, 10, 8, 0.9, 1, 0], 0);
    expect(decoded.read(numbers, 0.8)[0]!.box).toEqual([25, 16, 10, 8]);
  });

  it('reads what has suppressed already: corners, score and class, the rest of the rows empty', () => {
    const format = recognise([1, 300, 6], size, CLASSES, none(1800));
    expect(format.name).toBe('YOLO end to end');
    const numbers = none(1800);
    numbers.set([10, 4, 20, 16, 0.8, 1], 0);
    numbers.set([30, 4, 40, 16, 0.7, 0], 6);
    numbers.set([30, 4, 40, 16, 0.2, 0], 12);
    numbers.set([30, 4, 40, 16, 0.9, 7], 18); // A class that was not named.
    const found = format.read(numbers, 0.3);
    expect(found.map(({ box }) => box)).toEqual([
      [10, 4, 10, 12],
      [30, 4, 10, 12],
    ]);
    expect(found.map(({ probabilities }) => probabilities)).toEqual([
      [1, 0, 0],
      [0, 0, 1],
    ]);
  });

  it('maps classes: faces whose mask is not told are alike, and what is nothing is not found', () => {
    const format = recognise([1, 6, count], size, ['face', '-'], none(6 * count));
    const numbers = none(6 * count);
    [30, 20, 10, 8, 0.9, 0.2].forEach((value, row) => (numbers[row * count] = value));
    [30, 20, 10, 8, 0.1, 0.9].forEach((value, row) => (numbers[row * count + 1] = value));
    const found = format.read(numbers, 0.3);
    expect(found).toHaveLength(1);
    expect(found[0]!.probabilities).toEqual([1 / 3, 1 / 3, 1 / 3]);
  });

  it.each([
    ['another number of classes', [1, 7, count]],
    ['pictures of another size', [1, 6, count + 1]],
    ['a classifier', [1, 3]],
  ])('refuses %s in a sentence with the shapes', (_, dims) => {
    expect(() => recognise(dims, size, CLASSES, none(1e4))).toThrow(
      new RegExp(`the model gives ${dims.join('×')}, which with 2 classes at 64×32 is none of YOLOv5 .*`),
    );
  });
});

describe('a file', () => {
  /** A model that gives the same numbers whatever it is shown. */
  async function modelFile(dims: number[], values: (i: number) => number): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'maskwatch-detector-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const graph = new Graph();
    const images = graph.input('images', [1, 3, height, width]);
    const length = dims.reduce((a, b) => a * b, 1);
    const constant = graph.constant(
      Float32Array.from({ length }, (_, i) => values(i)),
      dims,
    );
    const output = add(constant, mul(reduceSum(images, [0, 1, 2, 3]), 0));
    const path = join(folder, 'theirs.onnx');
    await writeFile(path, encodeModel(graph.toModel({ output })));
    return path;
  }

  it('of somebody’s is run, and its boxes are in frame pixels', async () => {
    const at = (row: number) => row * count + 3;
    const box = new Map([30, 20, 10, 8, 0.1, 0.7].map((value, row) => [at(row), value]));
    const file = await modelFile([1, 6, count], (i) => box.get(i) ?? 0);
    const detector = await Detector.open(file, { classes: CLASSES });
    const found = await detector.find(new Uint8Array(128 * 64 * 3), { width: 128, height: 64 }, 0.3);
    await detector.release();
    expect(found.map((face) => face.box)).toEqual([[50, 32, 20, 16]]);
    expect(detector.name).toBe('theirs (YOLOv8)');
  });

  it('of 16 bits is fed and read in 16 bits', async () => {
    const numbers = new Float32Array(1800);
    numbers.set([10, 4, 20, 16, 0.75, 1]);
    const file = await modelFile([1, 300, 6], (i) => numbers[i]!);
    const model = decodeModel(await readFile(file));
    const [input] = model.inputs;
    const [output] = model.outputs;
    // The same between a cast to 32 bits and one back, as it is exported with half precision.
    const cast = (from: string, to: string, type: number): Node => ({
      ...{ op: 'Cast', domain: '', name: to, inputs: [from], outputs: [to] },
      attributes: { to: { i: type } },
    });
    const halves: Model = {
      ...model,
      nodes: [cast('half', input!.name, 1), ...model.nodes, cast(output!.name, 'halves', 10)],
      inputs: [{ ...input!, name: 'half', type: 'float16' }],
      outputs: [{ ...output!, name: 'halves', type: 'float16' }],
    };
    await writeFile(file, encodeModel(halves));
    const detector = await Detector.open(file, { classes: CLASSES });
    const [face] = await detector.find(new Uint8Array(64 * 32 * 3).fill(99), { width: 64, height: 32 }, 0.3);
    await detector.release();
    expect(face).toEqual({ box: [10, 4, 10, 12], score: 0.75, probabilities: [1, 0, 0] });
    for (const value of [0, 1, -2.5, 1 / 3, 65504, 6e-8, 1e-5, -0.1, 1e6])
      expect(
        Math.abs(fromHalf(toHalf(value)) - value) <= Math.abs(value) * 2 ** -11 + 2 ** -25 || value === 1e6,
      ).toBe(true);
    expect(fromHalf(toHalf(1e6))).toBe(Infinity);
  });

  it('of a wrong shape is refused in one sentence that names it', async () => {
    const file = await modelFile([1, 11, count], () => 0);
    await expect(Detector.open(file, { classes: CLASSES })).rejects.toThrow(
      /theirs\.onnx cannot be used as a detector: the model gives 1×11×\d+, which with 2 classes/,
    );
  });

  it('that is no model, or has no card, is refused', async () => {
    const file = await modelFile([1, 6, count], () => 0);
    await expect(Detector.open(file)).rejects.toThrow(/cannot read the detector's card .*theirs\.json/);
    await writeFile(file, 'no model');
    await expect(Detector.open(file, { classes: CLASSES })).rejects.toThrow(/cannot load .*theirs\.onnx/);
  });

  it('of ours whose outputs do not fit its card is refused', async () => {
    const file = await modelFile([1, 6, count], () => 0);
    await writeFile(
      file.replace('.onnx', '.json'),
      JSON.stringify({
        name: 'x',
        architecture: 'x',
        parameters: 1,
        date: '2026-01-01',
        classes: ['correct', 'incorrect', 'none'],
        input: { size: 96, mean: [0, 0, 0], std: [1, 1, 1] },
        data: [],
        metrics: [],
        weaknesses: [],
        commands: [],
      }),
    );
    await expect(Detector.open(file)).rejects.toThrow(/theirs\.onnx cannot be used as a detector: /);
  });
});
