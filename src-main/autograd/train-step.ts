/**
 * One training step: forward, loss and gradients as one ONNX graph, then the optimiser's update and an exponential
 * moving average of the weights. Parameters and what the optimiser remembers of them lie in flat vectors; the graph
 * is fed views of them.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { composeBatchNorm } from '../onnx/compose-norm';
import { encodeModel } from '../onnx/model';
import { avoidOddGroups } from '../onnx/odd-groups';
import { gradients } from './backward';
import { blockConvolutions, blockWidth } from './blocked';
import { add } from './functions';
import { Graph, type Shape, type Value } from './graph';
import { sizeOf } from './operators/operator';
import type { Optimiser } from './optimiser';
import { type Inventory, type Network, type Scope, type Weights, inventory } from './scope';

/** Scalars by name, whose sum is made small; each is told apart. */
export type Terms = Record<string, Value>;

/**
 * Builds the loss of a batch: a scalar, or the terms it is the sum of. May ask the graph for more inputs, which each
 * step must then feed, and the scope for parameters of its own, which then learn beside the network's.
 */
export type Loss = (logits: Value, graph: Graph, from: { images: Value; scope: Scope }) => Value | Terms;

/** A loss as its terms. */
function termsOf(loss: Value | Terms): Terms {
  // No term is called `graph`: what has one of these is a value.
  return loss['graph'] instanceof Graph ? { loss: loss as Value } : (loss as Terms);
}

/** Everything a network and its loss ask for. */
export const inventoryOf = ({
  network,
  loss,
  size,
  batch,
}: Pick<TrainStepOptions, 'network' | 'loss' | 'size' | 'batch'>): Inventory =>
  inventory((scope, images) => loss(network(scope, images), scope.graph, { images, scope }), size, batch);

export interface TrainStepOptions {
  network: Network;
  batch: number;
  /** Side of the pictures in pixels. */
  size: number;
  loss: Loss;
  optimiser: Optimiser;
  weights: Weights;
  /** What the rate is multiplied by for a parameter, by its name; 0 keeps it as it is. Default: 1 for all. */
  rateOf?: (name: string) => number;
  /** Gradients together longer than this (Euclidean norm, all parameters) are shortened to it. Default: never. */
  clip?: number;
  /** Batch norm keeps to its running statistics, which then stay as they are. */
  frozenNorms?: boolean;
  /** What ONNX Runtime runs the step on, and what that needs. Default: CPU. */
  session?: InferenceSession.SessionOptions;
  /** Threads of ONNX Runtime; 0 takes all cores. */
  threads?: number;
}

/** What a step is fed: the batch, and whatever inputs the loss asked for. */
export interface StepFeeds {
  /** N×3×S×S, normalised. */
  images: Float32Array;
  /** The loss's own inputs by name. */
  extra: Record<string, Float32Array>;
  rate: number;
  /** How much of the moving average is kept at this step, 0 to 1. */
  keep: number;
  /** Uniform random numbers in [0, 1), for dropout. */
  random: () => number;
}

/** A part of a flat vector that has a name and a shape. */
interface Part {
  name: string;
  shape: Shape;
  /** Where it begins in the vector. */
  at: number;
  /** Numbers in it. */
  length: number;
}

/** Parameters with how they are updated, or buffers. */
type Parameter = Part & { decay: boolean; rate: number };

/** Lays parts out one after another. */
function layOut<T extends { name: string; shape: Shape }>(specs: readonly T[]): (T & Part)[] {
  let end = 0;
  return specs.map((spec) => {
    const at = end;
    const length = sizeOf(spec.shape);
    end += length;
    return { ...spec, at, length };
  });
}

const view = (flat: Float32Array, { at, length }: Part): Float32Array => flat.subarray(at, at + length);

/** The vector of parts that `weights` gives by name. */
function packed(parts: readonly Part[], weights: Weights): Float32Array {
  const flat = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  for (const part of parts) {
    const values = weights[part.name];
    if (values?.length !== part.length)
      throw new Error(`the weights do not fit this network: ${part.name} differs`);
    flat.set(values, part.at);
  }
  return flat;
}

/** average ← keep·average + (1 − keep)·values */
function moveAverage(average: Float32Array, values: Float32Array, keep: number): void {
  for (let i = 0; i < values.length; i++) average[i] = average[i]! + (1 - keep) * (values[i]! - average[i]!);
}

/** Euclidean length of vectors laid end to end. */
function lengthOf(vectors: readonly Float32Array[]): number {
  let sum = 0;
  for (const vector of vectors) for (const number of vector) sum += number * number;
  return Math.sqrt(sum);
}

/** A step's vectors by name; the optimiser's own memory is among them, named as it names it. */
interface State {
  parameters: Float32Array;
  /** The parameters' moving average. */
  average: Float32Array;
  /** Running statistics. */
  buffers: Float32Array;
  averageBuffers: Float32Array;
  [memory: string]: Float32Array;
}

export class TrainStep {
  private step = 0;
  /** The parameters and buffers as the graph is fed them: views of the state, which stay the same. */
  private readonly fed: Record<string, Tensor>;

  private constructor(
    private readonly session: InferenceSession,
    private readonly options: TrainStepOptions,
    private readonly parameters: Parameter[],
    private readonly buffers: Part[],
    private readonly state: State,
    /** Shapes of the other inputs. */
    private readonly shapes: Map<string, Shape>,
  ) {
    const feed = (flat: Float32Array, prefix: string) => (part: Part) =>
      [`${prefix} ${part.name}`, new Tensor('float32', view(flat, part), part.shape)] as const;
    this.fed = Object.fromEntries([
      ...parameters.map(feed(state.parameters, 'parameter')),
      ...buffers.map(feed(state.buffers, 'buffer')),
    ]);
  }

  /** Builds the graph and its session. */
  static async create(options: TrainStepOptions): Promise<TrainStep> {
    const { network, batch, size, loss, optimiser, weights, rateOf = () => 1 } = options;
    const found = inventoryOf(options);
    const parameters = layOut(found.parameters.map((spec) => ({ ...spec, rate: rateOf(spec.name) })));
    const buffers = layOut(found.buffers);
    const state: State = {
      parameters: packed(parameters, weights),
      average: packed(parameters, weights),
      buffers: packed(buffers, weights),
      averageBuffers: packed(buffers, weights),
    };
    for (const name of optimiser.state) state[name] = new Float32Array(state.parameters.length);

    const graph = new Graph();
    const fed = (prefix: string, specs: readonly Part[]) =>
      new Map(specs.map(({ name, shape }) => [name, graph.input(`${prefix} ${name}`, shape)]));
    const leaves = fed('parameter', parameters);
    const kept = fed('buffer', buffers);
    const outputs: Record<string, Value> = {};
    let randoms = 0;
    const scope: Scope = {
      graph,
      training: true,
      frozenNorms: options.frozenNorms ?? false,
      parameter: ({ name }) => leaves.get(name)!,
      buffer: ({ name }) => kept.get(name)!,
      update: (name, value) => (outputs[`buffer ${name}`] = value),
      random: (shape) => graph.input(`random${randoms++}`, shape),
    };
    const images = graph.input('images', [batch, 3, size, size]);
    const logits = network(scope, images);
    const terms = termsOf(loss(logits, graph, { images, scope }));
    const scalar = Object.values(terms).reduce(add);
    const learning = parameters.filter(({ rate }) => rate > 0).map(({ name }) => name);
    gradients(
      scalar,
      learning.map((name) => leaves.get(name)!),
    ).forEach((gradient, i) => (outputs[`gradient ${learning[i]!}`] = gradient));

    const prefixed = (prefix: string, values: Record<string, Value>) =>
      Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix} ${name}`, value]));
    const plain = graph.toModel({
      ...prefixed('new', outputs),
      ...prefixed('term', terms),
      loss: scalar,
      logits,
    });
    const { executionProviders = ['cpu'] } = options.session ?? {};
    const onCpu = executionProviders.join() === 'cpu';
    const model = onCpu
      ? blockConvolutions(plain, graph.shapes, await blockWidth())
      : avoidOddGroups(composeBatchNorm(plain), graph.shapes);
    const session = await InferenceSession.create(encodeModel(model), {
      graphOptimizationLevel: 'all',
      ...options.session,
      executionProviders,
      ...(options.threads ? { intraOpNumThreads: options.threads } : {}),
    });
    const shapes = new Map(model.inputs.map(({ name, dims }) => [name, dims as number[]]));
    return new TrainStep(session, options, parameters, buffers, state, shapes);
  }

  /**
   * Trains on one batch.
   * @returns the batch's loss, its terms by name and the logits (N×classes), before the update
   * @throws Error when the loss is no longer a number; nothing is changed then
   */
  async run({
    images,
    extra,
    rate,
    keep,
    random,
  }: StepFeeds): Promise<{ loss: number; terms: Record<string, number>; logits: Float32Array }> {
    const feeds: Record<string, Tensor> = {};
    for (const name of this.session.inputNames) {
      const shape = this.shapes.get(name)!;
      const values = () => {
        if (name === 'images') return images;
        if (name.startsWith('random')) return Float32Array.from({ length: sizeOf(shape) }, random);
        return extra[name]!;
      };
      feeds[name] = this.fed[name] ?? new Tensor('float32', values(), shape);
    }
    const results = await this.session.run(feeds);
    const numbers = (name: string) => results[name]?.data as Float32Array;
    const loss = numbers('loss')[0]!;
    if (!Number.isFinite(loss))
      throw new Error(
        `the loss became ${loss} at step ${this.step + 1}${this.brokenWeights()}; lower the learning rate`,
      );
    this.update((name) => numbers(`new gradient ${name}`), rate, keep);
    for (const buffer of this.buffers) {
      const values = numbers(`new buffer ${buffer.name}`);
      if (values) this.state.buffers.set(values, buffer.at);
    }
    moveAverage(this.state.averageBuffers, this.state.buffers, keep);
    const terms = this.session.outputNames
      .filter((name) => name.startsWith('term '))
      .map((name) => [name.slice('term '.length), numbers(name)[0]!]);
    return { loss, terms: Object.fromEntries(terms) as Record<string, number>, logits: numbers('logits') };
  }

  /** Says which weights are no numbers any more, where that is so. */
  private brokenWeights(): string {
    const broken = this.parameters.find((part) => !view(this.state.parameters, part).every(Number.isFinite));
    return broken ? ` (the weights of ${broken.name} are no longer numbers)` : '';
  }

  /** Moves the parameters against their gradients, and their average after them. */
  private update(gradientOf: (name: string) => Float32Array, rate: number, keep: number): void {
    const { optimiser, clip } = this.options;
    const learning = this.parameters.filter((parameter) => parameter.rate > 0);
    const slopes = learning.map(({ name }) => gradientOf(name));
    // Gradients that are together longer than the limit are shortened to it (Pascanu et al. 2013).
    const scale = clip ? Math.min(1, clip / (lengthOf(slopes) + 1e-12)) : 1;
    this.step += 1;
    learning.forEach((parameter, i) => {
      const of = (name: string) => view(this.state[name]!, parameter);
      optimiser.update({
        parameter: of('parameters'),
        gradient: slopes[i]!,
        scale,
        state: optimiser.state.map(of),
        rate: rate * parameter.rate,
        step: this.step,
        decay: parameter.decay,
      });
      moveAverage(of('average'), of('parameters'), keep);
    });
  }

  /** Copies of the weights by name: as they are, or their moving average. */
  weights(average = false): Weights {
    const { parameters, buffers, averageBuffers } = this.state;
    const cut = (flat: Float32Array) => (part: Part) => [part.name, view(flat, part).slice()] as const;
    return Object.fromEntries([
      ...this.parameters.map(cut(average ? this.state.average : parameters)),
      ...this.buffers.map(cut(average ? averageBuffers : buffers)),
    ]);
  }

  /** Everything a later run needs to go on from here: the state vectors and the number of steps done. */
  snapshot(): { step: number; state: Record<string, Float32Array> } {
    return {
      step: this.step,
      state: Object.fromEntries(Object.entries(this.state).map(([name, values]) => [name, values.slice()])),
    };
  }

  /**
   * Goes on from a snapshot.
   * @throws Error when it is another network's or optimiser's
   */
  restore({ step, state }: { step: number; state: Record<string, Float32Array> }): void {
    for (const [name, values] of Object.entries(this.state))
      if (state[name]?.length !== values.length)
        throw new Error(`the checkpoint does not fit this network: ${name} differs`);
    for (const [name, values] of Object.entries(this.state)) values.set(state[name]!);
    this.step = step;
  }

  /** What tells this network from others with as many numbers: its parameters' names and shapes. */
  get layout(): string {
    return this.parameters.map(({ name, shape }) => `${name} ${shape.join('×')}`).join('\n');
  }

  /** Frees the session. */
  async release(): Promise<void> {
    await this.session.release();
  }

  get batch(): number {
    return this.options.batch;
  }
}
