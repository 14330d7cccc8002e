/** InceptionV3 (Szegedy et al. 2016) without its auxiliary classifier, named as torchvision's. */
import { averagePool, concat, flatten, globalAveragePool, maxPool, relu } from '../autograd/functions';
import type { Value } from '../autograd/graph';
import type { Network, Scope } from '../autograd/scope';
import { type ConvOptions, batchNorm, conv, dense, dropout } from './layers';

/** Convolution, batch norm, ReLU. Begins normal with deviation 0.1. */
const block = (scope: Scope, name: string, x: Value, channels: number, options: ConvOptions): Value => {
  const initialiser = { kind: 'normal', deviation: 0.1 } as const;
  const y = conv(scope, `${name}.conv`, x, channels, { ...options, initialiser });
  return relu(batchNorm(scope, `${name}.bn`, y, { epsilon: 1e-3 }));
};

/** Blocks one after another: [name, channels, options]. */
type Chain = readonly (readonly [name: string, channels: number, options: ConvOptions])[];
const chain = (scope: Scope, name: string, x: Value, links: Chain): Value =>
  links.reduce((y, [link, channels, options]) => block(scope, `${name}.${link}`, y, channels, options), x);

const smooth = (x: Value): Value => averagePool(x, 3, { stride: 1, padding: 1 });
const shrink = (x: Value): Value => maxPool(x, 3, { stride: 2 });
const ONE = { kernel: 1 } as const;
/** Kernels along a row and along a column. */
const ROW = { kernel: [1, 7] } as const;
const COLUMN = { kernel: [7, 1] } as const;
/** Halves the picture without padding it. */
const HALVE = { kernel: 3, stride: 2, padding: 0 } as const;

function a(scope: Scope, name: string, x: Value, pooled: number): Value {
  const branches: Chain[] = [
    [['branch1x1', 64, ONE]],
    [
      ['branch5x5_1', 48, ONE],
      ['branch5x5_2', 64, { kernel: 5 }],
    ],
    [
      ['branch3x3dbl_1', 64, ONE],
      ['branch3x3dbl_2', 96, {}],
      ['branch3x3dbl_3', 96, {}],
    ],
  ];
  const made = branches.map((links) => chain(scope, name, x, links));
  return concat([...made, block(scope, `${name}.branch_pool`, smooth(x), pooled, ONE)], 1);
}

function b(scope: Scope, name: string, x: Value): Value {
  const three = block(scope, `${name}.branch3x3`, x, 384, HALVE);
  const double = chain(scope, name, x, [
    ['branch3x3dbl_1', 64, ONE],
    ['branch3x3dbl_2', 96, {}],
    ['branch3x3dbl_3', 96, HALVE],
  ]);
  return concat([three, double, shrink(x)], 1);
}

function c(scope: Scope, name: string, x: Value, inner: number): Value {
  const branches: Chain[] = [
    [['branch1x1', 192, ONE]],
    [
      ['branch7x7_1', inner, ONE],
      ['branch7x7_2', inner, ROW],
      ['branch7x7_3', 192, COLUMN],
    ],
    [
      ['branch7x7dbl_1', inner, ONE],
      ['branch7x7dbl_2', inner, COLUMN],
      ['branch7x7dbl_3', inner, ROW],
      ['branch7x7dbl_4', inner, COLUMN],
      ['branch7x7dbl_5', 192, ROW],
    ],
  ];
  const made = branches.map((links) => chain(scope, name, x, links));
  return concat([...made, block(scope, `${name}.branch_pool`, smooth(x), 192, ONE)], 1);
}

function d(scope: Scope, name: string, x: Value): Value {
  const three = chain(scope, name, x, [
    ['branch3x3_1', 192, ONE],
    ['branch3x3_2', 320, HALVE],
  ]);
  const seven = chain(scope, name, x, [
    ['branch7x7x3_1', 192, ONE],
    ['branch7x7x3_2', 192, ROW],
    ['branch7x7x3_3', 192, COLUMN],
    ['branch7x7x3_4', 192, HALVE],
  ]);
  return concat([three, seven, shrink(x)], 1);
}

function e(scope: Scope, name: string, x: Value): Value {
  const forked = (y: Value, fork: string) => [
    block(scope, `${name}.${fork}a`, y, 384, { kernel: [1, 3] }),
    block(scope, `${name}.${fork}b`, y, 384, { kernel: [3, 1] }),
  ];
  const one = block(scope, `${name}.branch1x1`, x, 320, ONE);
  const three = block(scope, `${name}.branch3x3_1`, x, 384, ONE);
  const double = chain(scope, name, x, [
    ['branch3x3dbl_1', 448, ONE],
    ['branch3x3dbl_2', 384, {}],
  ]);
  const pool = block(scope, `${name}.branch_pool`, smooth(x), 192, ONE);
  return concat([one, ...forked(three, 'branch3x3_2'), ...forked(double, 'branch3x3dbl_3'), pool], 1);
}

/** 23,834,568 parameters at 1000 classes; pictures of 75 pixels or more. */
export const inceptionV3 =
  (classes = 3): Network =>
  (scope, images) => {
    let x = block(scope, 'Conv2d_1a_3x3', images, 32, HALVE);
    x = block(scope, 'Conv2d_2a_3x3', x, 32, { padding: 0 });
    x = shrink(block(scope, 'Conv2d_2b_3x3', x, 64, {}));
    x = block(scope, 'Conv2d_3b_1x1', x, 80, ONE);
    x = shrink(block(scope, 'Conv2d_4a_3x3', x, 192, { padding: 0 }));
    x = a(scope, 'Mixed_5b', x, 32);
    x = a(scope, 'Mixed_5c', x, 64);
    x = b(scope, 'Mixed_6a', a(scope, 'Mixed_5d', x, 64));
    [128, 160, 160, 192].forEach((inner, i) => (x = c(scope, `Mixed_6${'bcde'[i]!}`, x, inner)));
    x = e(scope, 'Mixed_7c', e(scope, 'Mixed_7b', d(scope, 'Mixed_7a', x)));
    const features = dropout(scope, flatten(globalAveragePool(x)), 0.5);
    return dense(scope, 'fc', features, classes, { kind: 'normal', deviation: 0.1 });
  };
