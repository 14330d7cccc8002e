/** How wide the blocks are that ONNX Runtime's blocked convolutions take on this processor, found by trying. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { encodeModel } from '../onnx/encode';
import type { Model } from '../onnx/model';
import { blockConvolutions } from './blocked';
import type { Shape } from './graph';
import { sizeOf } from './operators/operator';

/** A convolution small enough to be tried at once, and whole in blocks of 16 and of 8. */
const TRIAL = { x: [1, 16, 4, 4], w: [16, 16, 3, 3], y: [1, 16, 4, 4] } as const;

function trialModel(): Model {
  const value = (name: 'x' | 'w' | 'y') => ({ name, type: 'float32' as const, dims: [...TRIAL[name]] });
  const attributes = { kernel_shape: { ints: [3, 3] }, pads: { ints: [1, 1, 1, 1] } };
  return {
    opset: 17,
    producer: 'maskwatch',
    nodes: [{ op: 'Conv', domain: '', name: 'y', inputs: ['x', 'w'], outputs: ['y'], attributes }],
    initializers: [],
    inputs: [value('x'), value('w')],
    outputs: [value('y')],
  };
}

/** What the trial convolution gives of numbers of no pattern. */
async function tried(model: Model): Promise<Float32Array> {
  const session = await InferenceSession.create(encodeModel(model), { intraOpNumThreads: 1 });
  const numbers = (shape: Shape) => Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * i));
  try {
    const { x, w } = TRIAL;
    const { y } = await session.run({
      x: new Tensor('float32', numbers(x), x),
      w: new Tensor('float32', numbers(w), w),
    });
    return y!.data as Float32Array;
  } finally {
    await session.release();
  }
}

async function findWidth(): Promise<number> {
  if (process.arch !== 'x64') return 0;
  const plain = await tried(trialModel());
  for (const width of [16, 8])
    try {
      const shapes = new Map<string, Shape>(Object.entries(TRIAL));
      const blocked = await tried(blockConvolutions(trialModel(), shapes, width));
      if (blocked.every((number, i) => Math.abs(number - plain[i]!) < 1e-4)) return width;
    } catch {
      return 0;
    }
  return 0;
}

let width: Promise<number> | undefined;

/** How many channels make a block on this processor: 16, 8, or 0 where the runtime has no blocked operators. */
export const blockWidth = (): Promise<number> => (width ??= findWidth());
