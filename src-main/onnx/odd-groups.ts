/** Convolutions in groups that ONNX Runtime's WebGPU provider gets wrong, written so that it gets them right. */
import { type Model, type Node, int64Tensor, plainNode } from './model';

const groupsOf = ({ op, attributes: { group } }: Node): number =>
  op === 'Conv' && group && 'i' in group ? group.i : 1;

/**
 * The same model, safe on WebGPU. ONNX Runtime 1.30 computes 2 or 4 output channels at once where their number allows,
 * though they be of different groups: with 9 channels a group and an even number of groups the answer is wrong. One more
 * group, of zeros and cut off again, makes the number of channels odd.
 *
 * @param shapes of all values, by name
 * @throws Error when a convolution has groups that this does not help
 */
export function avoidOddGroups(model: Model, shapes: ReadonlyMap<string, readonly number[]>): Model {
  const constants = new Map<string, ReturnType<typeof int64Tensor>>();
  const constant = (...values: number[]): string => {
    const name = `odd groups ${values.join(' ')}`;
    if (!constants.has(name)) constants.set(name, int64Tensor(name, [values.length], values));
    return name;
  };
  const nodes = model.nodes.flatMap((node): Node[] => {
    const groups = groupsOf(node);
    const [x, kernel, bias] = node.inputs as [string, string, string?];
    if (groups % 2 === 1) return [node];
    const [channels, per] = shapes.get(kernel) as [number, number];
    const width = channels / groups;
    if (width <= 4 || width % 4 === 0) return [node];
    if (width % 2 === 0)
      throw new Error(
        `a convolution with ${groups} groups of ${width} channels cannot be trained on this provider`,
      );
    const [y] = node.outputs as [string];
    const wider = (name: string, rank: number, axis: number, by: number): Node => {
      const pads = Array.from({ length: 2 * rank }, (_, i) => (i === rank + axis ? by : 0));
      return plainNode('Pad', [name, constant(...pads)], `${y} wider ${name}`);
    };
    const padded = [
      wider(x, 4, 1, per),
      wider(kernel, 4, 0, width),
      ...(bias ? [wider(bias, 1, 0, width)] : []),
    ];
    const all = `${y} and one group`;
    return [
      ...padded,
      {
        ...node,
        inputs: padded.map(({ outputs }) => outputs[0]!),
        outputs: [all],
        attributes: { ...node.attributes, group: { i: groups + 1 } },
      },
      plainNode('Slice', [all, constant(0), constant(channels), constant(1)], y),
    ];
  });
  return { ...model, nodes, initializers: [...model.initializers, ...constants.values()] };
}
