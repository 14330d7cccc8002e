/**
 * The one-shot detector: a whole frame to boxes, faces and mask classes at three strides. An anchor-free network of
 * the YOLO family (YOLOX, Ge et al. 2021; cross-stage blocks of YOLOv8) in plain convolutions with LeakyReLU, as the
 * students are: a backbone, features passed down to finer strides and up again, and a head for boxes and faces apart
 * from the one for classes.
 */
import { add, concat, conv2d, enlarge, leakyRelu, split } from '../autograd/functions';
import type { Value } from '../autograd/graph';
import { type Network, type Scope, he } from '../autograd/scope';
import { STRIDES } from '../detect/places';
import { LEAK, batchNorm, conv, convBlock } from './layers';

/** Numbers a place gives before those of the classes: x, y, width, height and face. */
const BEFORE_CLASSES = 5;

export interface OneShotOptions {
  /** Channels at strides 4, 8, 16 and 32. */
  widths: readonly [number, number, number, number];
  /** Residual pairs of convolutions in each stage's block. */
  blocks: readonly [number, number, number, number];
  /** Channels of each level that reach the head. */
  neck: number;
  /** Channels of each of the head's two branches. */
  head: number;
  classes: number;
}

export const ONESHOT: OneShotOptions = {
  widths: [32, 64, 96, 160],
  blocks: [1, 1, 2, 1],
  neck: 64,
  head: 32,
  classes: 3,
};

/** Two 3×3 convolutions beside a shortcut. */
function pair(scope: Scope, name: string, x: Value): Value {
  const inner = convBlock(scope, `${name}.1`, x, x.shape[1]!);
  const outer = conv(scope, `${name}.2.conv`, inner, x.shape[1]!);
  return leakyRelu(add(x, batchNorm(scope, `${name}.2.bn`, outer, { scale: 0 })), LEAK);
}

/** Cross-stage block: half of the channels pass by, half go through pairs; a 1×1 convolution joins all that was. */
function crossStage(scope: Scope, name: string, x: Value, width: number, count: number): Value {
  const half = width / 2;
  const parts = [...split(convBlock(scope, `${name}.in`, x, width, { kernel: 1 }), [half, half], 1)];
  for (let i = 0; i < count; i++) parts.push(pair(scope, `${name}.pair${i}`, parts.at(-1)!));
  return convBlock(scope, `${name}.out`, concat(parts, 1), width, { kernel: 1 });
}

/** How likely a place is taken for a face before anything is learnt: nearly all are background (Lin et al. 2017). */
const FACE_PRIOR = 0.01;
/** A face is this many strides wide and high at first. */
const FIRST_SIDE = 3;

/** The last layer of a branch: 1×1, with where each of its numbers begins. */
function last(scope: Scope, name: string, x: Value, begins: readonly number[]): Value {
  const channels = x.shape[1]!;
  const weight = scope.parameter({
    name: `${name}.weight`,
    shape: [begins.length, channels, 1, 1],
    initialiser: he(channels, 0.1),
    decay: true,
  });
  // One vector a number: a parameter begins alike in all its places.
  const biases = begins.map((value, i) =>
    scope.parameter({
      name: `${name}.bias${i}`,
      shape: [1],
      initialiser: { kind: 'constant', value },
      decay: false,
    }),
  );
  return conv2d(x, weight, concat(biases, 0));
}

/** @returns N×(5 + classes)×H×W, the numbers of one level */
function headOf(scope: Scope, name: string, x: Value, { head, classes }: OneShotOptions): Value {
  // Both branches' first layers are one convolution, which runs faster than two.
  const [place, kind] = split(convBlock(scope, `${name}.branches`, x, 2 * head), [head, head], 1);
  const side = Math.log(FIRST_SIDE);
  const face = Math.log(FACE_PRIOR / (1 - FACE_PRIOR));
  return concat(
    [
      last(scope, `${name}.place`, place!, [0, 0, side, side, face]),
      last(scope, `${name}.kind`, kind!, new Array<number>(classes).fill(0)),
    ],
    1,
  );
}

/**
 * Pictures N×3×H×W, sides multiples of 32 → N×(5 + classes)×places. Places go level by level, finest first, row by row;
 * of each: x, y, width, height (as detect/places.ts says), logit of a face, logits of the classes.
 */
export const oneShot =
  (options: OneShotOptions = ONESHOT): Network =>
  (scope, images) => {
    const { widths, blocks, neck } = options;
    let x = convBlock(scope, 'stage0.down', images, widths[0], { kernel: 6, stride: 4, padding: 1 });
    if (blocks[0] > 0) x = crossStage(scope, 'stage0.block', x, widths[0], blocks[0]);
    const levels = ([1, 2, 3] as const).map((stage) => {
      x = convBlock(scope, `stage${stage}.down`, x, widths[stage], { stride: 2 });
      return (x = crossStage(scope, `stage${stage}.block`, x, widths[stage], blocks[stage]));
    });
    const [fine, middle, coarse] = levels as [Value, Value, Value];
    const join = (name: string, a: Value, b: Value) => crossStage(scope, name, concat([a, b], 1), neck, 1);
    const top = convBlock(scope, 'neck.top', coarse, neck, { kernel: 1 });
    const down = join('neck.middle', enlarge(top), middle);
    const out8 = join('neck.fine', enlarge(down), fine);
    const out16 = join('neck.up16', convBlock(scope, 'neck.down8', out8, neck, { stride: 2 }), down);
    const out32 = join('neck.up32', convBlock(scope, 'neck.down16', out16, neck, { stride: 2 }), top);
    const rows = [out8, out16, out32].map((level, i) => {
      const map = headOf(scope, `head${STRIDES[i]!}`, level, options);
      // Sizes are left to the run: the model takes pictures of any shape.
      const shape = scope.graph.integers([0, BEFORE_CLASSES + options.classes, -1]);
      return scope.graph.apply('Reshape', [map, shape])[0]!;
    });
    return concat(rows, 2);
  };
