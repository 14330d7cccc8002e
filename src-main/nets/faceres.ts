/**
 * faceres: the trunk of the face network in the npm package @vladmandic/human, MobileNetV1-like (Howard et al.
 * 2017) with batch norm folded into its convolutions, and a new head. Trained on faces, it is the best start for
 * masks that npm carries, and serves as a teacher.
 */
import { clip } from '../autograd/functions';
import type { Value } from '../autograd/graph';
import { type Network, type Scope, he } from '../autograd/scope';
import { conv, head } from './layers';
import { samePadding } from './same-padding';

/** Channels after each depthwise-separable block, and its stride. */
export const BLOCKS: readonly (readonly [channels: number, stride: 1 | 2])[] = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  ...Array.from({ length: 5 }, () => [512, 1] as const),
  [1024, 2],
  [1024, 1],
];
export const STEM = 32;

const relu6 = (x: Value): Value => clip(x, 0, 6);

/** Convolution with a bias, padded as TensorFlow pads, and ReLU6. */
function layer(
  scope: Scope,
  name: string,
  x: Value,
  channels: number,
  { kernel, stride, group = 1 }: { kernel: number; stride: number; group?: number },
): Value {
  const [, c, ...sides] = x.shape as [number, number, number, number];
  const initialiser = he((c / group) * kernel * kernel);
  const padding = samePadding(sides, [kernel, kernel], [stride, stride]);
  return relu6(conv(scope, name, x, channels, { kernel, stride, group, padding, bias: true, initialiser }));
}

export const faceres =
  ({ classes = 3, dropout = 0.2 } = {}): Network =>
  (scope, images) => {
    let x = layer(scope, 'conv1', images, STEM, { kernel: 3, stride: 2 });
    BLOCKS.forEach(([channels, stride], i) => {
      const width = x.shape[1]!;
      x = layer(scope, `dw${i + 1}`, x, width, { kernel: 3, stride, group: width });
      x = layer(scope, `pw${i + 1}`, x, channels, { kernel: 1, stride: 1 });
    });
    return head(scope, 'head', x, classes, dropout);
  };

/**
 * How fast each part learns when the pretrained trunk is fine-tuned, as a share of the head's rate: the later half
 * of the trunk more than the earlier, whose features of edges and skin serve as they are.
 */
export function faceresRate(name: string): number {
  if (name.startsWith('head')) return 1;
  const block = Number(/^[dp]w(\d+)/.exec(name)?.[1] ?? 0);
  return block > 6 ? 0.15 : 0.09;
}
