/** ResNet (He et al. 2016) with basic blocks, named and begun as torchvision's. */
import { add, flatten, globalAveragePool, maxPool, relu } from '../autograd/functions';
import type { Value } from '../autograd/graph';
import type { Network, Scope } from '../autograd/scope';
import { batchNorm, conv, dense } from './layers';

/** Two 3×3 convolutions beside a shortcut, which is a 1×1 convolution where width or size changes. */
function basicBlock(scope: Scope, name: string, x: Value, channels: number, stride: number): Value {
  const first = conv(scope, `${name}.conv1`, x, channels, { stride });
  const inner = relu(batchNorm(scope, `${name}.bn1`, first));
  const outer = batchNorm(scope, `${name}.bn2`, conv(scope, `${name}.conv2`, inner, channels));
  const same = stride === 1 && x.shape[1] === channels;
  const shortcut = same
    ? x
    : batchNorm(
        scope,
        `${name}.downsample.1`,
        conv(scope, `${name}.downsample.0`, x, channels, { kernel: 1, stride }),
      );
  return relu(add(outer, shortcut));
}

/** 11,689,512 parameters at 1000 classes. */
export const resnet18 =
  (classes = 3): Network =>
  (scope, images) => {
    const stem = conv(scope, 'conv1', images, 64, { kernel: 7, stride: 2 });
    let x = maxPool(relu(batchNorm(scope, 'bn1', stem)), 3, { stride: 2, padding: 1 });
    [64, 128, 256, 512].forEach((channels, stage) => {
      for (let block = 0; block < 2; block++)
        x = basicBlock(scope, `layer${stage + 1}.${block}`, x, channels, stage > 0 && block === 0 ? 2 : 1);
    });
    return dense(scope, 'fc', flatten(globalAveragePool(x)), classes);
  };
