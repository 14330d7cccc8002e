/** DenseNet-121 (Huang et al. 2017), named and begun as torchvision's. */
import { averagePool, concat, flatten, globalAveragePool, maxPool, relu } from '../autograd/functions';
import type { Value } from '../autograd/graph';
import { type Network, type Scope, he } from '../autograd/scope';
import { type ConvOptions, batchNorm, conv, dense } from './layers';

/** Channels that each layer adds. */
const GROWTH = 32;

/** Convolution begun by He's rule over the fan-in. */
const convolved = (
  scope: Scope,
  name: string,
  x: Value,
  channels: number,
  options: ConvOptions & { kernel: number },
): Value =>
  conv(scope, name, x, channels, { ...options, initialiser: he(x.shape[1]! * options.kernel ** 2) });

const normed = (scope: Scope, name: string, x: Value): Value => relu(batchNorm(scope, name, x));

/** What one layer adds to all that came before it in its block. */
function denseLayer(scope: Scope, name: string, x: Value): Value {
  const narrow = convolved(scope, `${name}.conv1`, normed(scope, `${name}.norm1`, x), 4 * GROWTH, {
    kernel: 1,
  });
  return convolved(scope, `${name}.conv2`, normed(scope, `${name}.norm2`, narrow), GROWTH, { kernel: 3 });
}

/** 7,978,856 parameters at 1000 classes. */
export const densenet121 =
  (classes = 3): Network =>
  (scope, images) => {
    const stem = convolved(scope, 'features.conv0', images, 64, { kernel: 7, stride: 2 });
    let x = maxPool(normed(scope, 'features.norm0', stem), 3, { stride: 2, padding: 1 });
    [6, 12, 24, 16].forEach((layers, i, blocks) => {
      const name = `features.denseblock${i + 1}`;
      for (let layer = 1; layer <= layers; layer++)
        x = concat([x, denseLayer(scope, `${name}.denselayer${layer}`, x)], 1);
      if (i === blocks.length - 1) return;
      const transition = `features.transition${i + 1}`;
      const half = convolved(
        scope,
        `${transition}.conv`,
        normed(scope, `${transition}.norm`, x),
        x.shape[1]! / 2,
        {
          kernel: 1,
        },
      );
      x = averagePool(half, 2);
    });
    return dense(
      scope,
      'classifier',
      flatten(globalAveragePool(normed(scope, 'features.norm5', x))),
      classes,
    );
  };
