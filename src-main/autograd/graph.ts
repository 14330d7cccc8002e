/**
 * A graph of ONNX operators with static shapes, built call by call: the tape that backward.ts walks and the
 * model that ONNX Runtime runs. A value knows the call it came from; equal calls give the same value, so what
 * forward and backward both need is computed once.
 */
import {
  type Attribute,
  type DataType,
  type Model,
  type Node,
  type Tensor,
  floatTensor,
  int64Tensor,
} from '../onnx/model';
import { operators } from './operators';

export type Shape = readonly number[];
export type Attributes = Record<string, Attribute>;

/** A tensor that will exist when the graph runs. */
export interface Value {
  readonly graph: Graph;
  readonly name: string;
  readonly shape: Shape;
  readonly type: DataType;
  /** The call that computes it; none for inputs and constants. */
  readonly from?: Call;
}

/** One operator applied to values: a node of the graph. An absent optional input is null. */
export interface Call {
  readonly op: string;
  readonly inputs: readonly (Value | null)[];
  readonly attributes: Attributes;
  readonly outputs: Value[];
}

/** The opset all graphs are written in; every execution provider of today knows it. */
export const OPSET = 17;

/** Names of a call's outputs; MaxPool's places are left out where nothing needs them, as they cost time. */
const outputNames = ({ op, outputs }: Call, needed: ReadonlySet<Value>): string[] =>
  (op === 'MaxPool' && !needed.has(outputs[1]!) ? outputs.slice(0, 1) : outputs).map(({ name }) => name);

export class Graph {
  private readonly inputs: Value[] = [];
  private readonly constants = new Map<string, Value>();
  private readonly tensors = new Map<Value, Tensor>();
  private readonly calls = new Map<string, Call>();
  private count = 0;

  /** A tensor fed at each run. */
  input(name: string, shape: Shape, type: DataType = 'float32'): Value {
    const value: Value = { graph: this, name, shape, type };
    this.inputs.push(value);
    return value;
  }

  /** A float32 tensor that is part of the graph; `name` is kept in the model, where given. */
  constant(values: ArrayLike<number>, shape: Shape, name?: string): Value {
    return this.store(floatTensor(name ?? '', [...shape], values), name);
  }

  /** A float32 scalar. */
  scalar(value: number): Value {
    return this.constant([value], []);
  }

  /** A vector of whole numbers, as axes and shapes are given. */
  integers(values: readonly number[]): Value {
    return this.store(int64Tensor('', [values.length], values));
  }

  private store(tensor: Tensor, name?: string): Value {
    const small = tensor.data.length <= 1024;
    const key =
      name ?? (small ? `${tensor.type} ${tensor.dims.join()} ${tensor.data.join()}` : `#${this.count}`);
    const known = this.constants.get(key);
    if (known) return known;
    tensor.name = name ?? `constant${this.count++}`;
    const value: Value = { graph: this, name: tensor.name, shape: tensor.dims, type: tensor.type };
    this.constants.set(key, value);
    this.tensors.set(value, tensor);
    return value;
  }

  /** The tensor of a constant; undefined for what is computed or fed. */
  tensorOf(value: Value): Tensor | undefined {
    return this.tensors.get(value);
  }

  /**
   * Applies an operator.
   * @returns its outputs, with shapes inferred
   * @throws Error naming the operator when it is unknown or its inputs do not fit
   */
  apply(op: string, inputs: readonly (Value | null)[], attributes: Attributes = {}): Value[] {
    const operator = operators[op];
    if (!operator) throw new Error(`operator ${op} is not known to autograd`);
    const key = `${op}(${inputs.map((input) => input?.name ?? '').join()})${JSON.stringify(attributes)}`;
    const known = this.calls.get(key);
    if (known) return known.outputs;
    const call: Call = { op, inputs, attributes, outputs: [] };
    for (const output of operator.outputs(inputs, attributes))
      call.outputs.push({
        graph: this,
        name: `${op}${this.count++}`,
        from: call,
        type: 'float32',
        ...output,
      });
    this.calls.set(key, call);
    return call.outputs;
  }

  /** The shapes of all values by name. */
  get shapes(): Map<string, Shape> {
    const values = [
      ...this.inputs,
      ...this.constants.values(),
      ...this.tape.flatMap(({ outputs }) => outputs),
    ];
    return new Map(values.map(({ name, shape }) => [name, shape]));
  }

  /** Calls in the order they were made, which is a topological order. */
  get tape(): Call[] {
    return [...this.calls.values()];
  }

  /**
   * The ONNX model that computes `outputs` (name → value), without the calls they do not need.
   * @param freeBatch name the first dimension of inputs and outputs `N` instead of giving its size
   */
  toModel(outputs: Record<string, Value>, freeBatch = false): Model {
    const needed = new Set<Value>();
    const pending = Object.values(outputs);
    for (let value = pending.pop(); value; value = pending.pop()) {
      if (needed.has(value)) continue;
      needed.add(value);
      for (const input of value.from?.inputs ?? []) if (input) pending.push(input);
    }
    const nodes: Node[] = this.tape
      .filter((call) => call.outputs.some((output) => needed.has(output)))
      .map((call) => ({
        op: call.op,
        domain: '',
        name: call.outputs[0]!.name,
        inputs: call.inputs.map((input) => input?.name ?? ''),
        outputs: outputNames(call, needed),
        attributes: call.attributes,
      }));
    for (const [name, value] of Object.entries(outputs))
      nodes.push({ op: 'Identity', domain: '', name, inputs: [value.name], outputs: [name], attributes: {} });
    const dims = (shape: Shape) => (freeBatch ? ['N', ...shape.slice(1)] : [...shape]);
    return {
      opset: OPSET,
      producer: 'maskwatch',
      nodes,
      initializers: [...this.tensors].filter(([value]) => needed.has(value)).map(([, tensor]) => tensor),
      inputs: this.inputs
        .filter((input) => needed.has(input))
        .map(({ name, type, shape }) => ({ name, type, dims: dims(shape) })),
      outputs: Object.entries(outputs).map(([name, { type, shape }]) => ({ name, type, dims: dims(shape) })),
    };
  }
}
