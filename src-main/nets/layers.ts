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
import type { Scope } from '../autograd/scope';

/** Slope of LeakyReLU for negative inputs, as in the article's network. */
export const LEAK = 0.01;
const MOMENTUM = 0.1;
const EPSILON = 1e-5;

/** Convolution without a bias (a norm follows it): He initialisation over the fan-out, as ResNet's. */
export function conv(
  scope: Scope,
  name: string,
  x: Value,
  channels: number,
  kernel = 3,
  window: Window = {},
): Value {
  const fan = channels * kernel * kernel;
  const w = scope.parameter({
    name: `${name}.weight`,
    shape: [channels, x.shape[1]!, kernel, kernel],
    initialiser: { kind: 'he', fan, gain: Math.SQRT2 },
    decay: true,
  });
  return conv2d(x, w, null, { padding: Math.floor(kernel / 2), ...window });
}

/**
 * Batch normalisation over N, H and W, with running statistics for inference.
 * @param scale where the scale begins; 0 lets a residual branch begin as nothing (Goyal et al. 2017)
 */
export function batchNorm(scope: Scope, name: string, x: Value, scale = 1): Value {
  const shape = [x.shape[1]!];
  const vector = (suffix: string, value: number) =>
    scope.parameter({
      name: `${name}.${suffix}`,
      shape,
      initialiser: { kind: 'constant', value },
      decay: false,
    });
  const inputs = [
    x,
    vector('weight', scale),
    vector('bias', 0),
    scope.buffer({ name: `${name}.running_mean`, shape, value: 0 }),
    scope.buffer({ name: `${name}.running_var`, shape, value: 1 }),
  ];
  const mode = scope.training ? { training_mode: { i: 1 }, momentum: { f: 0 } } : {};
  const outputs = scope.graph.apply('BatchNormalization', inputs, { epsilon: { f: EPSILON }, ...mode });
  if (scope.training)
    ['running_mean', 'running_var'].forEach((suffix, i) =>
      scope.update(
        `${name}.${suffix}`,
        add(mul(inputs[i + 3]!, 1 - MOMENTUM), mul(outputs[i + 1]!, MOMENTUM)),
      ),
    );
  return outputs[0]!;
}

/** Convolution, batch norm, LeakyReLU. */
export const convBlock = (
  scope: Scope,
  name: string,
  x: Value,
  channels: number,
  stride = 1,
  kernel = 3,
): Value =>
  leakyRelu(
    batchNorm(scope, `${name}.bn`, conv(scope, `${name}.conv`, x, channels, kernel, { stride })),
    LEAK,
  );

/** Two 3×3 convolutions beside a shortcut (He et al. 2016), width and size unchanged. */
export function residualBlock(scope: Scope, name: string, x: Value): Value {
  const channels = x.shape[1]!;
  const inner = convBlock(scope, `${name}.1`, x, channels);
  const outer = batchNorm(scope, `${name}.2.bn`, conv(scope, `${name}.2.conv`, inner, channels), 0);
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

/** The classifier's end: pooled features, dropout, one linear layer. */
export function head(scope: Scope, name: string, x: Value, classes: number, rate = 0): Value {
  const features = dropout(scope, flatten(globalAveragePool(x)), rate);
  const width = features.shape[1]!;
  const w = scope.parameter({
    name: `${name}.weight`,
    shape: [classes, width],
    initialiser: { kind: 'he', fan: width, gain: 1 },
    decay: true,
  });
  const b = scope.parameter({
    name: `${name}.bias`,
    shape: [classes],
    initialiser: { kind: 'constant', value: 0 },
    decay: false,
  });
  return linear(features, w, b);
}
