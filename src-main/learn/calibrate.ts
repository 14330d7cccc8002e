/**
 * What the tensors of a network hold on real pictures, and the span of each that eight bits keep best: the one whose
 * rounding and clipping, summed over the numbers seen, err least (in mean square, as TensorRT's and others' do).
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { quantisedTensors } from '../onnx/clamps';
import { encodeModel } from '../onnx/encode';
import type { Model } from '../onnx/model';
import type { Span } from '../onnx/steps';

/** Numbers kept of a tensor, evenly over all pictures. */
const KEPT = 40_000;
/** Shares of the full span that are tried, from the whole down. */
const SHARES = Array.from({ length: 36 }, (_, i) => 1 - i / 50);

/** Mean square error of numbers rounded to 256 steps of [low, high] and clipped to it. */
function errorOf(values: readonly number[], low: number, high: number): number {
  const step = Math.max(1e-9, (high - low) / 255);
  let sum = 0;
  for (const value of values) {
    const kept = low + step * Math.min(255, Math.max(0, Math.round((value - low) / step)));
    sum += (value - kept) ** 2;
  }
  return sum;
}

/** The span that errs least. @param clamped whether numbers below 0 are left out whatever the span */
function bestSpan(values: readonly number[], clamped: boolean): Span {
  const kept = clamped ? values.map((value) => Math.max(0, value)) : values;
  const low = Math.min(
    0,
    kept.reduce((a, b) => Math.min(a, b), 0),
  );
  const high = kept.reduce((a, b) => Math.max(a, b), 0);
  const spans = SHARES.map((share) => ({ low: low * share, high: high * share }));
  const errors = spans.map((span) => errorOf(kept, span.low, span.high));
  return spans[errors.indexOf(Math.min(...errors))]!;
}

/**
 * The spans of all tensors that `quantise` asks for.
 * @param model with batch norm folded, one input N×3×S×S
 * @param batches normalised pictures N×3×size×size; some hundred altogether are enough
 */
export async function spansOf(
  model: Model,
  batches: AsyncIterable<{ images: Float32Array }>,
  size: number,
): Promise<Map<string, Span>> {
  const names = quantisedTensors(model);
  const outputs = names.map(({ name }) => ({ name, type: 'float32' as const, dims: ['N', 'C', 'H', 'W'] }));
  const session = await InferenceSession.create(encodeModel({ ...model, outputs }), { logSeverityLevel: 4 });
  const seen = new Map(names.map(({ name }) => [name, [] as number[]]));
  try {
    for await (const { images } of batches) {
      const count = images.length / (3 * size * size);
      const input = new Tensor('float32', images, [count, 3, size, size]);
      const results = await session.run({ [session.inputNames[0]!]: input });
      for (const [name, values] of seen) sample(results[name]!.data as Float32Array, count, values);
    }
  } finally {
    await session.release();
  }
  return new Map(names.map(({ name, clamped }) => [name, bestSpan(seen.get(name)!, clamped)]));
}

/** Adds some of a batch's numbers, and its extremes, which decide how far a span could reach. */
function sample(data: Float32Array, pictures: number, values: number[]): void {
  const wanted = Math.max(1, Math.floor((KEPT / 512) * pictures));
  // A step that shares no factor with the sides of feature maps visits all of their places.
  const step = Math.max(1, Math.floor(data.length / wanted)) | 1;
  let [low, high] = [Infinity, -Infinity];
  for (const value of data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  for (let i = 0; i < data.length; i += step) values.push(data[i]!);
  values.push(low, high);
}
