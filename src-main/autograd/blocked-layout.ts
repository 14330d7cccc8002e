/**
 * Values of a graph in ONNX Runtime's blocked layout (NCHWc, `com.microsoft.nchwc`): channels in blocks of 16 or 8, the
 * numbers of a block side by side. Writes the nodes that change the layout, once for all who read a value.
 */
import { type Model, type Node, int64Tensor } from '../onnx/model';
import type { Shape } from './graph';

const DOMAIN = 'com.microsoft.nchwc';

export class BlockedLayout {
  readonly nodes: Node[] = [];
  private readonly initializers: Model['initializers'];
  /** Names of values in blocks, by their names as they were. */
  private readonly laidOut = new Map<string, string>();
  private readonly makers: ReadonlyMap<string, Node>;

  constructor(
    private readonly model: Model,
    private readonly shapeOf: ReadonlyMap<string, Shape>,
    /** Channels in a block. */
    readonly block: number,
  ) {
    this.initializers = [...model.initializers];
    this.makers = new Map(
      model.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
    );
  }

  /** The model of the nodes written so far. */
  get written(): Model {
    const { model, nodes, initializers } = this;
    return { ...model, nodes, initializers, domains: { ...model.domains, [DOMAIN]: 1 } };
  }

  /** Adds a standard operator. @returns its output's name */
  emit(op: string, inputs: string[], output: string, attributes: Node['attributes'] = {}): string {
    this.nodes.push({ op, domain: '', name: output, inputs, outputs: [output], attributes });
    return output;
  }

  /** Adds an operator of the blocked layout. */
  emitBlocked(op: string, inputs: string[], output: string, attributes: Node['attributes']): string {
    this.nodes.push({ op, domain: DOMAIN, name: output, inputs, outputs: [output], attributes });
    return output;
  }

  /** Adds a constant of whole numbers. */
  integers(name: string, values: readonly number[]): string {
    this.initializers.push(int64Tensor(name, [values.length], values));
    return name;
  }

  /** The same numbers in another shape, in the same layout. */
  shaped(value: string, shape: Shape, output: string): string {
    return this.emit('Reshape', [value, this.integers(`${output} shape`, shape)], output);
  }

  /** N×C×H×W as N×C/b×H×W×b. */
  picture(name: string): string {
    return this.once(name, () => {
      const whole = this.whole(name);
      if (whole) return this.shaped(this.picture(whole), this.shapeOf.get(name)!, `${name} blocked`);
      return this.reordered(name, `${name} blocked`);
    });
  }

  /** The kernel as O/b, I/b, h, v, b (in), b (out); of fewer channels than a block O/b, I, h, v, b. */
  kernel(name: string, shape: Shape): string {
    return this.once(name, () => {
      const [k, c, h, v] = shape as [number, number, number, number];
      const { block } = this;
      const output = `${name} blocked`;
      if (c === 1) {
        const whole = this.whole(name);
        if (whole) return this.shaped(this.picture(whole), shape, output);
        // One channel each: laid out as a picture of so many channels is.
        const flat = this.shaped(name, [1, k, h, v], `${name} as picture`);
        return this.shaped(this.reordered(flat, `${name} laid out`), shape, output);
      }
      const few = c < block;
      const parts = few ? [k / block, block, c, h, v] : [k / block, block, c / block, block, h, v];
      const perm = { ints: few ? [0, 2, 3, 4, 1] : [0, 2, 4, 5, 3, 1] };
      const cut = this.shaped(name, parts, `${name} cut`);
      return this.shaped(this.emit('Transpose', [cut], `${name} turned`, { perm }), shape, output);
    });
  }

  /** A convolution in blocks whose result is laid out as it was. @param channels of the result */
  convolution(
    picture: string,
    others: readonly string[],
    output: string,
    channels: number,
    attributes: Node['attributes'],
  ): void {
    const result = this.emitBlocked('Conv', [picture, ...others], `${output} blocked output`, attributes);
    this.emitBlocked('ReorderOutput', [result], output, { channels: { i: channels } });
  }

  private reordered(name: string, output: string): string {
    return this.emitBlocked('ReorderInput', [name], output, { channels_last: { i: 0 } });
  }

  private once(name: string, lay: () => string): string {
    const known = this.laidOut.get(name) ?? lay();
    this.laidOut.set(name, known);
    return known;
  }

  /** What a value was reshaped from, where channels of pictures were only counted on: these lie in blocks alike. */
  private whole(name: string): string | undefined {
    const maker = this.makers.get(name);
    if (maker?.op !== 'Reshape') return undefined;
    const [whole] = maker.inputs as [string];
    const [, channels = 0, ...side] = this.shapeOf.get(whole) ?? [];
    const same = side.length === 2 && side.join() === this.shapeOf.get(name)!.slice(2).join();
    return same && channels % this.block === 0 ? whole : undefined;
  }
}
