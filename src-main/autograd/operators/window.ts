/** The window that a convolution or pooling moves over a picture, as ONNX's attributes give it. */
import type { Attributes, Value } from '../graph';
import { intOf, intsOf } from './operator';

export type Four = [number, number, number, number];
/** The shape of a batch of pictures or of kernels. */
export const dims = (x: Value): Four => x.shape as unknown as Four;

export interface ConvWindow {
  strides: number[];
  /** top, left, bottom, right */
  pads: number[];
  dilations: number[];
  group: number;
}

export function readWindow(attributes: Attributes): ConvWindow {
  return {
    strides: intsOf(attributes, 'strides', [1, 1]),
    pads: intsOf(attributes, 'pads', [0, 0, 0, 0]),
    dilations: intsOf(attributes, 'dilations', [1, 1]),
    group: intOf(attributes, 'group', 1),
  };
}
