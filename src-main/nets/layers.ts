/** The layers networks are made of, written against a scope. */
import {
  add,
  conv2d,
  div,
  flatten,
  globalAveragePool,
  leakyRelu,
  linear,
  mul,
  type Window,
} from '../autograd/functions';
import type { Value } from '../autograd/graph';
import { type Initialiser, type Scope, he } from '../autograd/scope';

/** Slope of LeakyReLU for negative inputs, as in the article's network. */
export const LEAK = 0.01;
const MOMENTUM = 0.1;

export interface ConvOptions extends Window {
  /** Side of the kernel. Default 3; or height and width. */
  kernel?: number | readonly [number, number];
  /** Whether numbers are added, one a channel, beginning at 0. Default: no, a norm follows. */
  bias?: boolean;
  /** Default: He's over the fan-out, as ResNet's. */
  initialiser?: Initialiser;
}

/** Convolution; unless said otherwise padded so that at stride 1 the picture keeps its size. */
export function conv(
  scope: Scope,
  name: string,
  x: Value,
  channels: number,
  options: ConvOptions = {},
): Value {
  const { kernel = 3, bias = false, group = 1, ...window } = options;
  const [h, w] = typeof kernel === 'number' ? [kernel, kernel] : kernel;
  const [up, left] = [Math.floor(h / 2), Math.floor(w / 2)];
  const weight = scope.parameter({
    name: `${name}.weight`,
    shape: [channels, x.shape[1]! / group, h, w],
    initialiser: options.initialiser ?? he(channels * h * w),
    decay: true,
  });
  const added = bias ? vector(scope, `${name}.bias`, channels, 0) : null;
  return conv2d(x, weight, added, { padding: [up, left, up, left], ...window, group });
}

/** A parameter of one number a channel, without weight decay. */
const vector = (scope: Scope, name: string, channels: number, value: number): Value =>
  scope.parameter({ name, shape: [channels], initialiser: { kind: 'constant', value }, decay: false });

/**
 * Batch normalisation over N, H and W, with running statistics for inference.
 * @param scale where the scale begins; 0 lets a residual branch begin as nothing (Goyal et al. 2017)
 */
export function batchNorm(
  scope: Scope,
  name: string,
  x: Value,
  { scale = 1, epsilon = 1e-5 }: { scale?: number; epsilon?: number } = {},
): Value {
  const { graph, training, frozenNorms = false } = scope;
  const channels = x.shape[1]!;
  const shape = [channels];
  const [gamma, beta] = [
    vector(scope, `${name}.weight`, channels, scale),
    vector(scope, `${name}.bias`, channels, 0),
  ];
  const running = [
    scope.buffer({ name: `${name}.running_mean`, shape, value: 0 }),
    scope.buffer({ name: `${name}.running_var`, shape, value: 1 }),
  ];
  if (!training || frozenNorms)
    return graph.apply('BatchNormalization', [x, gamma, beta, ...running], { epsilon: { f: epsilon } })[0]!;
  // In training ONNX Runtime writes the batch's statistics over the memory of the running ones it is given, though
  // they be the graph's own inputs: it is given copies, which with a momentum of 0 it does not read.
  const outputs = graph.apply('BatchNormalization', [x, gamma, beta, ...running.map((r) => mul(r, 0))], {
    epsilon: { f: epsilon },
    training_mode: { i: 1 },
    momentum: { f: 0 },
  });
  ['running_mean', 'running_var'].forEach((suffix, i) =>
    scope.update(`${name}.${suffix}`, add(mul(running[i]!, 1 - MOMENTUM), mul(outputs[i + 1]!, MOMENTUM))),
  );
  return outputs[0]!;
}

/** Convolution, batch norm, LeakyReLU. */
export const convBlock = (
  scope: Scope,
  name: string,
  x: Value,
  channels: number,
  options: ConvOptions = {},
): Value =>
  leakyRelu(batchNorm(scope, `${name}.bn`, conv(scope, `${name}.conv`, x, channels, options)), LEAK);

/** Two 3×3 convolutions beside a shortcut (He et al. 2016), width and size unchanged. */
export function residualBlock(scope: Scope, name: string, x: Value): Value {
  const channels = x.shape[1]!;
  const inner = convBlock(scope, `${name}.1`, x, channels);
  const outer = batchNorm(scope, `${name}.2.bn`, conv(scope, `${name}.2.conv`, inner, channels), {
    scale: 0,
  });
  return leakyRelu(add(x, outer), LEAK);
}

/** In training, zeroes each number with probability `rate` and scales the rest up; otherwise nothing. */
export function dropout(scope: Scope, x: Value, rate: number): Value {
  if (!scope.training || rate === 0) return x;
  // 1 where the random number is at least `rate`, 0 elsewhere, by arithmetic: no gradient runs through it.
  const graph = scope.graph;
  const steep = mul(add(scope.random(x.shape), -rate), 1e9);
  const mask = graph.apply('Clip', [steep, graph.scalar(0), graph.scalar(1)])[0]!;
  return mul(x, div(mask, 1 - rate));
}

/** x·wᵀ + b, x N×in; unless said otherwise w begins evenly from −1/√in to 1/√in as PyTorch's does; b begins at 0. */
export function dense(
  scope: Scope,
  name: string,
  x: Value,
  width: number,
  initialiser: Initialiser = { kind: 'uniform', bound: 1 / Math.sqrt(x.shape[1]!) },
): Value {
  const w = scope.parameter({
    name: `${name}.weight`,
    shape: [width, x.shape[1]!],
    initialiser,
    decay: true,
  });
  return linear(x, w, vector(scope, `${name}.bias`, width, 0));
}

/** The classifier's end: pooled features, dropout, one linear layer. */
export function head(scope: Scope, name: string, x: Value, classes: number, rate = 0): Value {
  const features = dropout(scope, flatten(globalAveragePool(x)), rate);
  return dense(scope, name, features, classes, he(features.shape[1]!, 1));
}
