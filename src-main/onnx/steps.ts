/** The arithmetic of eight bits: real = scale · (q − zero), for activations, kernels and the first layer's bytes. */

/** What a tensor holds, from the least to the most. */
export interface Span {
  low: number;
  high: number;
}

/** How whole numbers stand for real ones: real = scale · (q − zero). */
export interface Steps {
  scale: number;
  zero: number;
}

/** A float network's input = (byte / 255 − mean) / std, a channel each. */
export interface Bytes {
  mean: readonly number[];
  std: readonly number[];
}

/** A convolution's kernel K×C×h×w and its bias, one a channel. */
export interface Kernel {
  w: Float32Array;
  b: Float32Array;
}

/** The steps under which unsigned bytes span [low, high], 0 being one of them. */
export function stepsOf({ low, high }: Span): Steps {
  const from = Math.min(0, low);
  const scale = Math.max(high - from, 1e-6) / 255;
  return { scale, zero: Math.round(-from / scale) };
}

/**
 * A kernel in signed bytes, one scale an output channel, and its bias in steps of what the products sum to.
 * @param scale of the input's steps
 */
export function quantiseKernel({ w, b }: Kernel, channels: number, scale: number) {
  const each = w.length / channels;
  const scales = Float32Array.from({ length: channels }, (_, k) => {
    const most = w.subarray(k * each, (k + 1) * each).reduce((a, value) => Math.max(a, Math.abs(value)), 0);
    return Math.max(1e-8, most) / 127;
  });
  return {
    whole: w.map((value, i) => Math.round(value / scales[Math.floor(i / each)]!)),
    scales,
    biases: Int32Array.from(b, (value, k) => Math.round(value / (scale * scales[k]!))),
  };
}

/**
 * A first layer for bytes instead of normalised numbers: normalisation moves into its kernel and bias. Exact but for
 * padding, which becomes the byte `zero` in all channels where it was each channel's mean.
 * @param dims of the kernel
 * @param steps by which bytes are taken: scale 1/255
 */
export function onBytes(
  { w, b }: Kernel,
  dims: readonly number[],
  steps: Steps,
  { mean, std }: Bytes,
): Kernel {
  const [, colours, height, width] = dims;
  const plane = height! * width!;
  const colour = (i: number) => Math.floor(i / plane) % colours!;
  const scaled = w.map((value, i) => value / std[colour(i)]!);
  const each = plane * colours!;
  const shifted = b.map((value, k) => {
    let sum = value;
    for (let i = k * each; i < (k + 1) * each; i++)
      sum += scaled[i]! * (steps.scale * steps.zero - mean[colour(i)]!);
    return sum;
  });
  return { w: scaled, b: shifted };
}
