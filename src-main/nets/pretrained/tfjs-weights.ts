/**
 * Weights of a TensorFlow.js model: a JSON whose manifest names tensors, packed one after another, in that order,
 * in binary files beside it. Stored as float32, or quantised as float16 or as whole numbers q with q·scale + min.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { fromHalf } from '../../onnx/half';
import { sizeOf } from '../../autograd/operators/operator';

export interface StoredTensor {
  /** In TensorFlow's order: a kernel is height × width × in × out. */
  shape: readonly number[];
  values: Float32Array;
}

const manifestSchema = v.object({
  weightsManifest: v.array(
    v.object({
      paths: v.array(v.string()),
      weights: v.array(
        v.object({
          name: v.string(),
          shape: v.array(v.pipe(v.number(), v.integer(), v.minValue(0))),
          dtype: v.picklist(['float32', 'int32']),
          quantization: v.optional(
            v.object({
              dtype: v.picklist(['uint8', 'uint16', 'float16']),
              scale: v.optional(v.number()),
              min: v.optional(v.number()),
            }),
          ),
        }),
      ),
    }),
  ),
});
type Entry = v.InferOutput<typeof manifestSchema>['weightsManifest'][number]['weights'][number];

/** Bytes of one number as it is stored. */
const WIDTHS = { uint8: 1, uint16: 2, float16: 2, float32: 4, int32: 4 } as const;

/** A tensor's numbers, out of its bytes. */
function decode(bytes: Uint8Array, { quantization, dtype }: Entry): Float32Array {
  const { dtype: stored = dtype, scale = 1, min = 0 } = quantization ?? {};
  // By far the most, and so in a loop of its own.
  if (stored === 'uint8') return Float32Array.from(bytes, (q) => q * scale + min);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const read = {
    float32: (at: number) => view.getFloat32(at, true),
    int32: (at: number) => view.getInt32(at, true),
    float16: (at: number) => fromHalf(view.getUint16(at, true)),
    uint16: (at: number) => view.getUint16(at, true) * scale + min,
  }[stored];
  return Float32Array.from({ length: bytes.length / WIDTHS[stored] }, (_, i) => read(i * WIDTHS[stored]));
}

/**
 * Reads all tensors of a model by name.
 * @param file the model's .json
 * @throws Error naming the file when it is not such a model, or its weights are cut short
 */
export async function readTfjsWeights(file: string): Promise<Map<string, StoredTensor>> {
  let model: unknown;
  try {
    model = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} is not a TensorFlow.js model: ${(error as Error).message}`, { cause: error });
  }
  return tensorsOf(model, file, (path) => readFile(join(dirname(file), path)));
}

/**
 * The same for a model whose files are kept in another way.
 * @param model what its .json holds
 * @param file what to call it in errors
 * @param read gives the bytes of one of its files of weights
 */
export async function tensorsOf(
  model: unknown,
  file: string,
  read: (path: string) => Promise<Buffer>,
): Promise<Map<string, StoredTensor>> {
  const manifest = v.safeParse(manifestSchema, model);
  if (!manifest.success)
    throw new Error(`${file} is not a TensorFlow.js model: ${manifest.issues[0].message}`);
  const tensors = new Map<string, StoredTensor>();
  for (const { paths, weights } of manifest.output.weightsManifest) {
    const bytes = Buffer.concat(await Promise.all(paths.map(read)));
    let at = 0;
    for (const entry of weights) {
      const count = sizeOf(entry.shape);
      const length = count * WIDTHS[entry.quantization?.dtype ?? entry.dtype];
      if (at + length > bytes.length)
        throw new Error(`${file}: its weights end within ${entry.name}; the package may be damaged`);
      const values = decode(bytes.subarray(at, at + length), entry);
      tensors.set(entry.name, { shape: entry.shape, values });
      at += length;
    }
  }
  return tensors;
}

/** A kernel height × width × in × out, as TensorFlow keeps it, in ONNX's order out × in × height × width. */
export function kernelOf({ shape, values }: StoredTensor): Float32Array {
  const [h, w, c, k] = shape as [number, number, number, number];
  const turned = new Float32Array(values.length);
  for (let tap = 0; tap < h * w; tap++)
    for (let i = 0; i < c; i++)
      for (let o = 0; o < k; o++) turned[(o * c + i) * h * w + tap] = values[(tap * c + i) * k + o]!;
  return turned;
}

/** A depthwise kernel height × width × channels × 1 in ONNX's order channels × 1 × height × width. */
export const depthwiseKernelOf = ({ shape: [h, w, c, m], values }: StoredTensor): Float32Array =>
  kernelOf({ shape: [h!, w!, 1, c! * m!], values });
