/**
 * One training step as one ONNX graph: forward, loss, gradients, the optimiser's update and an exponential
 * moving average of the weights. Parameters go in and come out as flat vectors, one a group (with and without
 * weight decay), which keeps the graph small and feeding it cheap.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { encodeModel } from '../onnx/model';
import { gradients } from './backward';
import { add, clip, concat, div, mul, reduceSum, reshape, split, sqrt, sub } from './functions';
import { Graph, type Shape, type Value } from './graph';
import { sizeOf } from './operators/operator';
import type { Optimiser } from './optimiser';
import { type Inventory, type Network, type Weights, inventory } from './scope';

/** Builds the loss (a scalar) of a batch; may ask the graph for more inputs, which each step must then feed. */
export type Loss = (logits: Value, graph: Graph) => Value;

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
  /** Execution providers for ONNX Runtime, tried in order. */
  providers?: InferenceSession.SessionOptions['executionProviders'];
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

/** Parameters that are updated alike. */
interface Group {
  decay: boolean;
  /** What the learning rate is multiplied by; 0 for parameters that stay as they are. */
  rate: number;
  specs: { name: string; shape: Shape }[];
}

function groupsOf({ parameters }: Inventory, rateOf: (name: string) => number): Group[] {
  const groups = new Map<string, Group>();
  for (const spec of parameters) {
    const { decay, name } = spec;
    const rate = rateOf(name);
    const key = `${decay} ${rate}`;
    const group = groups.get(key) ?? { decay, rate, specs: [] };
    groups.set(key, group);
    group.specs.push(spec);
  }
  return [...groups.values()].sort((a, b) => Number(b.decay) - Number(a.decay) || b.rate - a.rate);
}

/** Shortens gradients that are together longer than `limit` to it (Pascanu et al. 2013). */
function clipped(flats: Value[], limit: number): Value[] {
  const squares = flats.map((flat) => reduceSum(mul(flat, flat), [0]));
  const length = sqrt(squares.reduce((sum, square) => add(sum, square)));
  const factor = clip(div(limit, add(length, 1e-12)), 0, 1);
  return flats.map((flat) => mul(flat, factor));
}

/** Cuts a flat vector into the values that `specs` describe. */
function unpack(flat: Value, specs: { name: string; shape: Shape }[]): Map<string, Value> {
  const lengths = specs.map(({ shape }) => sizeOf(shape));
  const parts = split(flat, lengths, 0);
  return new Map(specs.map(({ name, shape }, i) => [name, reshape(parts[i]!, shape)]));
}

const pack = (values: Value[]): Value =>
  concat(
    values.map((value) => reshape(value, [sizeOf(value.shape)])),
    0,
  );

export class TrainStep {
  private step = 0;

  private constructor(
    private readonly session: InferenceSession,
    private readonly options: TrainStepOptions,
    private readonly groups: Group[],
    private readonly buffers: { name: string; shape: Shape }[],
    /** State vectors by input name; each comes out of a step under the same name. */
    private state: Map<string, Float32Array>,
    private spare: Map<string, Float32Array>,
    private readonly shapes: Map<string, Shape>,
  ) {}

  /** Builds the graph and its session. */
  static async create(options: TrainStepOptions): Promise<TrainStep> {
    const { network, batch, size, loss, optimiser, weights } = options;
    const found = inventory(network, size);
    const graph = new Graph();
    const shapes = new Map<string, Shape>();
    const state = new Map<string, Float32Array>();
    const outputs: Record<string, Value> = {};
    const input = (name: string, shape: Shape): Value => {
      shapes.set(name, shape);
      return graph.input(name, shape);
    };
    const vector = (name: string, values: Float32Array): Value => {
      state.set(name, values);
      return input(name, [values.length]);
    };
    const flat = (specs: { name: string; shape: Shape }[]): Float32Array => {
      const parts = specs.map(({ name, shape }) => {
        const values = weights[name];
        if (values?.length !== sizeOf(shape))
          throw new Error(`the weights do not fit this network: ${name} differs`);
        return values;
      });
      const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
      parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
      return all;
    };

    const groups = groupsOf(found, options.rateOf ?? (() => 1));
    const flats = groups.map(({ specs }, i) => vector(`parameters${i}`, flat(specs)));
    const leaves = new Map(groups.flatMap(({ specs }, i) => [...unpack(flats[i]!, specs)]));
    const kept = found.buffers.length > 0 ? vector('buffers', flat(found.buffers)) : undefined;
    const buffers = kept ? unpack(kept, found.buffers) : new Map<string, Value>();
    const updated = new Map(buffers);
    let randoms = 0;
    const logits = network(
      {
        graph,
        training: true,
        parameter: ({ name }) => leaves.get(name)!,
        buffer: ({ name }) => buffers.get(name)!,
        update: (name, value) => void updated.set(name, value),
        random: (shape) => input(`random${randoms++}`, shape),
      },
      input('images', [batch, 3, size, size]),
    );
    const scalar = loss(logits, graph);
    const rate = input('rate', []);
    const step = input('step', []);
    const keep = input('keep', []);

    const learning = groups.filter((group) => group.rate > 0);
    const learned = learning.flatMap(({ specs }) => specs.map(({ name }) => leaves.get(name)!));
    const slopes = gradients(scalar, learned);
    const raw = learning.map(({ specs }) => pack(slopes.splice(0, specs.length)));
    const shortened = options.clip ? clipped(raw, options.clip) : raw;
    groups.forEach(({ decay, rate: share }, i) => {
      const parameter = flats[i]!;
      const average = vector(`average${i}`, state.get(`parameters${i}`)!.slice());
      if (share === 0) {
        Object.assign(outputs, { [`parameters${i}`]: parameter, [`average${i}`]: average });
        return;
      }
      const names = optimiser.state.map((name) => `${name}${i}`);
      const next = optimiser.update({
        parameter,
        gradient: shortened.shift()!,
        state: names.map((name) => vector(name, new Float32Array(sizeOf(parameter.shape)))),
        rate: share === 1 ? rate : mul(rate, share),
        step,
        decay,
      });
      outputs[`parameters${i}`] = next.parameter;
      outputs[`average${i}`] = add(next.parameter, mul(sub(average, next.parameter), keep));
      names.forEach((name, j) => (outputs[name] = next.state[j]!));
    });
    if (kept) {
      const next = pack(found.buffers.map(({ name }) => updated.get(name)!));
      const average = vector('averageBuffers', state.get('buffers')!.slice());
      outputs['buffers'] = next;
      outputs['averageBuffers'] = add(next, mul(sub(average, next), keep));
    }

    const named = Object.fromEntries(Object.entries(outputs).map(([name, value]) => [`new ${name}`, value]));
    const model = graph.toModel({ ...named, loss: scalar, logits });
    const session = await InferenceSession.create(encodeModel(model), {
      graphOptimizationLevel: 'all',
      executionProviders: options.providers ?? ['cpu'],
      ...(options.threads ? { intraOpNumThreads: options.threads } : {}),
    });
    for (const { name, dims } of model.inputs) shapes.set(name, dims as number[]);
    const spare = new Map([...state].map(([name, values]) => [name, new Float32Array(values.length)]));
    return new TrainStep(session, options, groups, found.buffers, state, spare, shapes);
  }

  /**
   * Trains on one batch.
   * @returns the batch's loss and logits (N×classes), before the update
   * @throws Error when the loss is no longer a number
   */
  async run({
    images,
    extra,
    rate,
    keep,
    random,
  }: StepFeeds): Promise<{ loss: number; logits: Float32Array }> {
    this.step += 1;
    const feeds: Record<string, Tensor> = {};
    const feed = (name: string, values: Float32Array) =>
      (feeds[name] = new Tensor('float32', values, this.shapes.get(name)!));
    for (const name of this.session.inputNames) {
      if (this.state.has(name)) feed(name, this.state.get(name)!);
      else if (name === 'images') feed(name, images);
      else if (name.startsWith('random'))
        feed(name, Float32Array.from({ length: sizeOf(this.shapes.get(name)!) }, random));
      else feed(name, extra[name] ?? Float32Array.of({ rate, keep, step: this.step }[name] ?? NaN));
    }
    // The new state is written straight into the spare vectors, which then change places with the old.
    const fetches: Record<string, Tensor | null> = { loss: null, logits: null };
    for (const [name, values] of this.spare)
      fetches[`new ${name}`] = new Tensor('float32', values, this.shapes.get(name)!);
    const results = await this.session.run(feeds, fetches);
    const loss = (results['loss']!.data as Float32Array)[0]!;
    if (!Number.isFinite(loss))
      throw new Error(`the loss became ${loss} at step ${this.step}; lower the learning rate`);
    [this.state, this.spare] = [this.spare, this.state];
    return { loss, logits: results['logits']!.data as Float32Array };
  }

  /** Copies of the weights by name: as they are, or their moving average. */
  weights(average = false): Weights {
    const cut = (flat: Float32Array, specs: { name: string; shape: Shape }[]) => {
      let at = 0;
      return specs.map(({ name, shape }) => [name, flat.slice(at, (at += sizeOf(shape)))] as const);
    };
    const [parameters, buffers] = average ? ['average', 'averageBuffers'] : ['parameters', 'buffers'];
    return Object.fromEntries([
      ...this.groups.flatMap(({ specs }, i) => cut(this.state.get(`${parameters}${i}`)!, specs)),
      ...cut(this.state.get(buffers) ?? new Float32Array(0), this.buffers),
    ]);
  }

  /** Everything a later run needs to go on from here: the state vectors and the number of steps done. */
  snapshot(): { step: number; state: Record<string, Float32Array> } {
    return {
      step: this.step,
      state: Object.fromEntries([...this.state].map(([name, v]) => [name, v.slice()])),
    };
  }

  /**
   * Goes on from a snapshot.
   * @throws Error when it is another network's or optimiser's
   */
  restore({ step, state }: { step: number; state: Record<string, Float32Array> }): void {
    for (const [name, values] of this.state)
      if (state[name]?.length !== values.length)
        throw new Error(`the checkpoint does not fit this network: ${name} differs`);
    for (const [name, values] of this.state) values.set(state[name]!);
    this.step = step;
  }

  /** Frees the session. */
  async release(): Promise<void> {
    await this.session.release();
  }

  get batch(): number {
    return this.options.batch;
  }
}
