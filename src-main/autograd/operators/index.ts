/** Every operator autograd knows, by its ONNX name. */
import { convolutions } from './convolution';
import { elementwise, softmaxes } from './elementwise';
import { normalisations } from './normalisation';
import type { Operator } from './operator';
import { poolings } from './pooling';
import { products } from './products';
import { shapes } from './shape';

export const operators: Readonly<Record<string, Operator>> = {
  ...elementwise,
  ...softmaxes,
  ...shapes,
  ...products,
  ...convolutions,
  ...poolings,
  ...normalisations,
};
