/** Pictures unfolded into what each tap of a kernel sees of them. */
import type { Value } from '../graph';
import { type ConvWindow, dims } from './window';

/**
 * What each tap of a kernel h×v sees: N×C×H×W → N×(C·taps)×H'×W', the taps of a channel side by side, row by row.
 * A convolution with one kernel a tap, which is 1 at that tap and 0 elsewhere: it copies on all threads, where Slice and
 * Concat copy on one and element by element (ARCHITECTURE.md has the figures).
 *
 * @param reversed gives the taps in reverse order
 */
export function unfold(
  x: Value,
  [h, v]: readonly [number, number],
  { strides, pads, dilations }: Omit<ConvWindow, 'group'>,
  reversed = false,
): Value {
  const taps = h * v;
  if (taps === 1 && strides.every((s) => s === 1) && pads.every((p) => p === 0)) return x;
  const [, c] = dims(x);
  const kernels = new Float32Array(c * taps * taps);
  for (let at = 0; at < c * taps; at++)
    kernels[at * taps + (reversed ? taps - 1 - (at % taps) : at % taps)] = 1;
  return x.graph.apply('Conv', [x, x.graph.constant(kernels, [c * taps, 1, h, v])], {
    kernel_shape: { ints: [h, v] },
    strides: { ints: strides },
    pads: { ints: pads },
    dilations: { ints: dilations },
    group: { i: c },
  })[0]!;
}
