/**
 * MobileNetV2 (Sandler et al. 2018), named and begun as torchvision's, padded as Keras's, of which there are pretrained
 * weights: where a convolution halves the picture, zeros come after it only.
 */
import { add, clip, flatten, globalAveragePool } from '../autograd/functions';
import type { Value } from '../autograd/graph';
import type { Network, Scope } from '../autograd/scope';
import { type ConvOptions, batchNorm, conv, dense, dropout } from './layers';

/** Top, left, bottom, right. */
const AFTER = [0, 0, 1, 1] as const;

/** Convolution, batch norm and ReLU6; the first two are numbers 0 and 1 of a sequence. */
const block = (scope: Scope, name: string, x: Value, channels: number, options: ConvOptions): Value =>
  clip(
    batchNorm(
      scope,
      `${name}.1`,
      conv(scope, `${name}.0`, x, channels, {
        ...(options.stride === 2 && { padding: AFTER }),
        ...options,
      }),
    ),
    0,
    6,
  );

/** Widened by 1×1, filtered channel by channel, narrowed by 1×1 without an activation, added to what came in. */
function inverted(
  scope: Scope,
  name: string,
  x: Value,
  channels: number,
  { stride, widen }: { stride: number; widen: number },
): Value {
  const from = x.shape[1]!;
  const wide = from * widen;
  let [y, place] = [x, 0];
  if (widen > 1) y = block(scope, `${name}.conv.${place++}`, y, wide, { kernel: 1 });
  y = block(scope, `${name}.conv.${place++}`, y, wide, { stride, group: wide });
  const narrow = conv(scope, `${name}.conv.${place++}`, y, channels, { kernel: 1 });
  const out = batchNorm(scope, `${name}.conv.${place}`, narrow);
  return stride === 1 && from === channels ? add(x, out) : out;
}

/** Widening, channels, how many, and the first one's stride. */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/** 3,504,872 parameters at 1000 classes. */
export const mobilenetV2 =
  (classes = 3): Network =>
  (scope, images) => {
    let x = block(scope, 'features.0', images, 32, { stride: 2 });
    let place = 1;
    for (const [widen, channels, count, stride] of STAGES)
      for (let i = 0; i < count; i++)
        x = inverted(scope, `features.${place++}`, x, channels, { widen, stride: i === 0 ? stride : 1 });
    x = block(scope, `features.${place}`, x, 1280, { kernel: 1 });
    const features = dropout(scope, flatten(globalAveragePool(x)), 0.2);
    return dense(scope, 'classifier.1', features, classes, { kind: 'normal', deviation: 0.01 });
  };
