/** SqueezeNet 1.1 (Iandola et al. 2016), named and begun as torchvision's. */
import { concat, flatten, globalAveragePool, maxPool, relu } from '../autograd/functions';
import type { Value } from '../autograd/graph';
import type { Network, Scope } from '../autograd/scope';
import { conv, dropout } from './layers';

/** Convolution with a bias and ReLU, begun evenly within He's bound over the fan-in. */
function layer(
  scope: Scope,
  name: string,
  x: Value,
  channels: number,
  kernel: number,
  window: { stride?: number; padding?: number } = {},
): Value {
  const bound = Math.sqrt(6 / (x.shape[1]! * kernel * kernel));
  return relu(
    conv(scope, name, x, channels, {
      kernel,
      bias: true,
      initialiser: { kind: 'uniform', bound },
      ...window,
    }),
  );
}

/** A few 1×1 kernels feed many 1×1 and 3×3 ones, side by side. */
function fire(scope: Scope, name: string, x: Value, few: number, many: number): Value {
  const squeezed = layer(scope, `${name}.squeeze`, x, few, 1);
  return concat(
    [
      layer(scope, `${name}.expand1x1`, squeezed, many, 1),
      layer(scope, `${name}.expand3x3`, squeezed, many, 3),
    ],
    1,
  );
}

/**
 * 1,235,496 parameters at 1000 classes. The published network ends in a ReLU, which is left out: with three classes it
 * clamps every logit to 0 within the first steps of training from the beginning, and no gradient ever passes it again.
 */
export const squeezenet11 =
  (classes = 3): Network =>
  (scope, images) => {
    const shrink = (x: Value) => maxPool(x, 3, { stride: 2, ceil: true });
    let x = shrink(layer(scope, 'features.0', images, 64, 3, { stride: 2, padding: 0 }));
    const fires: readonly (readonly [place: number, few: number, many: number] | 'shrink')[] = [
      [3, 16, 64],
      [4, 16, 64],
      'shrink',
      [6, 32, 128],
      [7, 32, 128],
      'shrink',
      [9, 48, 192],
      [10, 48, 192],
      [11, 64, 256],
      [12, 64, 256],
    ];
    for (const next of fires)
      x = next === 'shrink' ? shrink(x) : fire(scope, `features.${next[0]}`, x, next[1], next[2]);
    const last = conv(scope, 'classifier.1', dropout(scope, x, 0.5), classes, {
      kernel: 1,
      bias: true,
      initialiser: { kind: 'normal', deviation: 0.01 },
    });
    return flatten(globalAveragePool(last));
  };
