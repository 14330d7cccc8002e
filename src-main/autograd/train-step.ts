/**
 * One training step: forward, loss and gradients as one ONNX graph, then the optimiser's update and an exponential
 * moving average of the weights. Parameters and what the optimiser remembers of them lie in flat vectors; the graph
 * is fed views of them.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { normByChannels } from '../onnx/channel-norm';
import { composeBatchNorm } from '../onnx/compose-norm';
import { encodeModel } from '../onnx/encode';
import type { Model } from '../onnx/model';
import { avoidOddGroups } from '../onnx/odd-groups';
import { blockWidth } from './block-width';
import { blockConvolutions } from './blocked';
import type { Shape } from './graph';
import { sizeOf } from './operators/operator';
import type { Optimiser } from './optimiser';
import { type Part, layOut } from './parts';
import type { Weights } from './scope';
import { type Learnt, NAMES, inventoryOf, stepGraph, termNames } from './step-graph';
import { type Snapshot, StepState } from './step-state';

export interface TrainStepOptions extends Learnt {
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

export interface StepResult {
  loss: number;
  /** By name. */
  terms: Record<string, number>;
  /** N×classes, before the update. */
  logits: Float32Array;
}

/** The model as what it runs on takes it. */
async function suited(model: Model, shapes: Map<string, Shape>, providers: string): Promise<Model> {
  if (providers === 'cpu')
    return blockConvolutions(normByChannels(model, shapes), shapes, await blockWidth());
  return avoidOddGroups(composeBatchNorm(model), shapes);
}

export class TrainStep {
  /** The parameters and buffers as the graph is fed them: views of the state, which stay the same. */
  private readonly fed: Record<string, Tensor>;

  private constructor(
    private readonly session: InferenceSession,
    private readonly state: StepState,
    /** Shapes of the graph's inputs. */
    private readonly shapes: Map<string, Shape>,
    /** Pictures a step. */
    readonly batch: number,
  ) {
    const tensor = (values: Float32Array, { shape }: Part) => new Tensor('float32', values, shape);
    this.fed = Object.fromEntries([
      ...state.parameters.map((part) => [NAMES.parameter(part.name), tensor(state.parameter(part), part)]),
      ...state.buffers.map((part) => [NAMES.buffer(part.name), tensor(state.buffer(part), part)]),
    ]) as Record<string, Tensor>;
  }

  /** Builds the graph and its session. */
  static async create(options: TrainStepOptions): Promise<TrainStep> {
    const { optimiser, weights, rateOf = () => 1, clip, frozenNorms = false } = options;
    const found = inventoryOf(options);
    const parameters = layOut(found.parameters.map((spec) => ({ ...spec, rate: rateOf(spec.name) })));
    const state = new StepState(parameters, layOut(found.buffers), weights, optimiser, clip);
    const { model, shapes } = stepGraph(
      options,
      parameters.map(({ name, shape, rate }) => ({ name, shape, learns: rate > 0 })),
      found.buffers,
      frozenNorms,
    );
    const { executionProviders = ['cpu'] } = options.session ?? {};
    const session = await InferenceSession.create(
      encodeModel(await suited(model, shapes, executionProviders.join())),
      {
        graphOptimizationLevel: 'all',
        ...options.session,
        executionProviders,
        ...(options.threads ? { intraOpNumThreads: options.threads } : {}),
      },
    );
    return new TrainStep(session, state, shapes, options.batch);
  }

  /**
   * Trains on one batch.
   * @throws Error when the loss is no longer a number; nothing is changed then
   */
  async run({ images, extra, rate, keep, random }: StepFeeds): Promise<StepResult> {
    const valuesOf = (name: string, shape: Shape): Float32Array => {
      if (name === 'images') return images;
      if (name.startsWith('random')) return Float32Array.from({ length: sizeOf(shape) }, random);
      return extra[name]!;
    };
    const feeds: Record<string, Tensor> = {};
    for (const name of this.session.inputNames) {
      const shape = this.shapes.get(name)!;
      feeds[name] = this.fed[name] ?? new Tensor('float32', valuesOf(name, shape), shape);
    }
    const results = await this.session.run(feeds);
    const numbers = (name: string) => results[name]?.data as Float32Array;
    const loss = numbers('loss')[0]!;
    const { state } = this;
    if (!Number.isFinite(loss)) {
      const why = state.broken ? ` (the weights of ${state.broken.name} are no longer numbers)` : '';
      throw new Error(`the loss became ${loss} at step ${state.step + 1}${why}; lower the learning rate`);
    }
    state.advance(
      ({ name }) => numbers(NAMES.gradient(name)),
      ({ name }) => numbers(NAMES.newBuffer(name)),
      rate,
      keep,
    );
    const terms = termNames(this.session.outputNames).map((name) => [name, numbers(NAMES.term(name))[0]!]);
    return { loss, terms: Object.fromEntries(terms) as Record<string, number>, logits: numbers('logits') };
  }

  /** Copies of the weights by name: as they are, or their moving average. */
  weights(average = false): Weights {
    return this.state.weights(average);
  }

  /** Everything a later run needs to go on from here: the state vectors and the number of steps done. */
  snapshot(): Snapshot {
    return this.state.snapshot();
  }

  /**
   * Goes on from a snapshot.
   * @throws Error when it is another network's or optimiser's
   */
  restore(snapshot: Snapshot): void {
    this.state.restore(snapshot);
  }

  /** What tells this network from others with as many numbers: its parameters' names and shapes. */
  get layout(): string {
    return this.state.parameters.map(({ name, shape }) => `${name} ${shape.join('×')}`).join('\n');
  }

  /** Frees the session. */
  async release(): Promise<void> {
    await this.session.release();
  }
}
