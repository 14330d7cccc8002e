/**
 * What a training step changes, in flat vectors that stay in their memory: parameters and running statistics, the
 * moving averages of both, and what the optimiser remembers. Knows nothing of graphs and sessions.
 */
import type { Optimiser } from './optimiser';
import { type Part, packed, unpacked, view } from './parts';
import type { Weights } from './scope';

/** A parameter, and how it is updated. */
export type Parameter = Part & {
  /** Whether weight decay pulls on it. */
  decay: boolean;
  /** What the learning rate is multiplied by; 0 keeps it as it is. */
  rate: number;
};

/** Everything a later run needs to go on from here. */
export interface Snapshot {
  /** Steps done. */
  step: number;
  /** The state's vectors. */
  state: Record<string, Float32Array>;
}

/** Vectors by name; the optimiser's own memory is among them, named as it names it. */
interface Vectors {
  parameters: Float32Array;
  /** The parameters' moving average. */
  average: Float32Array;
  /** Running statistics. */
  buffers: Float32Array;
  averageBuffers: Float32Array;
  [memory: string]: Float32Array;
}

/** Euclidean length of vectors laid end to end. */
function lengthOf(vectors: readonly Float32Array[]): number {
  let sum = 0;
  for (const vector of vectors) for (const number of vector) sum += number * number;
  return Math.sqrt(sum);
}

export class StepState {
  /** Steps done. */
  step = 0;
  private readonly vectors: Vectors;

  /**
   * @param clip gradients together longer than this (Euclidean norm) are shortened to it; undefined for never
   * @throws Error naming a weight that is missing or does not fit
   */
  constructor(
    readonly parameters: readonly Parameter[],
    readonly buffers: readonly Part[],
    weights: Weights,
    private readonly optimiser: Optimiser,
    private readonly clip: number | undefined,
  ) {
    this.vectors = {
      parameters: packed(parameters, weights),
      average: packed(parameters, weights),
      buffers: packed(buffers, weights),
      averageBuffers: packed(buffers, weights),
    };
    for (const name of optimiser.state) this.vectors[name] = new Float32Array(this.vectors.parameters.length);
  }

  /** A parameter's numbers, or a buffer's: the same memory at every step. */
  parameter = (part: Parameter): Float32Array => view(this.vectors.parameters, part);
  buffer = (part: Part): Float32Array => view(this.vectors.buffers, part);

  /**
   * One step: moves the parameters against their gradients, sets the buffers, and moves the averages after both.
   * @param gradientOf the gradient of a parameter that learns
   * @param newBuffer what a buffer holds from now on; undefined where it stays
   * @param keep how much of the averages is kept, 0 to 1
   */
  advance(
    gradientOf: (parameter: Parameter) => Float32Array,
    newBuffer: (buffer: Part) => Float32Array | undefined,
    rate: number,
    keep: number,
  ): void {
    const { optimiser, clip, vectors } = this;
    const learning = this.parameters.filter((parameter) => parameter.rate > 0);
    const slopes = learning.map(gradientOf);
    // Gradients that are together longer than the limit are shortened to it (Pascanu et al. 2013).
    const scale = clip ? Math.min(1, clip / (lengthOf(slopes) + 1e-12)) : 1;
    this.step += 1;
    learning.forEach((parameter, i) => {
      const of = (name: string) => view(vectors[name]!, parameter);
      optimiser.update({
        parameter: of('parameters'),
        gradient: slopes[i]!,
        scale,
        state: optimiser.state.map(of),
        rate: rate * parameter.rate,
        step: this.step,
        decay: parameter.decay,
        average: of('average'),
        keep,
      });
    });
    for (const buffer of this.buffers) {
      const values = newBuffer(buffer);
      if (values) vectors.buffers.set(values, buffer.at);
    }
    const { buffers, averageBuffers } = vectors;
    for (let i = 0; i < buffers.length; i++)
      averageBuffers[i] = averageBuffers[i]! + (1 - keep) * (buffers[i]! - averageBuffers[i]!);
  }

  /** Copies of the weights by name: as they are, or their moving average. */
  weights(average: boolean): Weights {
    const { parameters, buffers, averageBuffers } = this.vectors;
    return {
      ...unpacked(this.parameters, average ? this.vectors.average : parameters),
      ...unpacked(this.buffers, average ? averageBuffers : buffers),
    };
  }

  /** The first parameter that holds what is no number; undefined where all are. */
  get broken(): Parameter | undefined {
    return this.parameters.find((part) => !this.parameter(part).every(Number.isFinite));
  }

  snapshot(): Snapshot {
    const copies = Object.entries(this.vectors).map(([name, values]) => [name, values.slice()]);
    return { step: this.step, state: Object.fromEntries(copies) as Snapshot['state'] };
  }

  /** @throws Error when the snapshot is another network's or optimiser's; nothing is changed then */
  restore({ step, state }: Snapshot): void {
    for (const [name, values] of Object.entries(this.vectors))
      if (state[name]?.length !== values.length)
        throw new Error(`the checkpoint does not fit this network: ${name} differs`);
    for (const [name, values] of Object.entries(this.vectors)) values.set(state[name]!);
    this.step = step;
  }
}
