/**
 * The fixed descriptor that the random forest sees instead of a picture, as ONNX nodes: what is described once here
 * runs while training, in the forest's model, and wherever that model runs.
 *
 * Of a picture of 64×64, 656 numbers:
 *
 *     HOG     9 × 8 × 8   Histograms of oriented gradients (Dalal & Triggs 2005): gradients of luma by centred
 *                         differences, their lengths shared out between the two nearest of 9 undirected orientations,
 *                         summed over cells of 8×8 pixels, each cell divided by the energy of the 3×3 cells around it.
 *     colour  3 × 4 × 4   Means of luma Y and the colour differences B−Y and R−Y, over squares of 16×16 pixels.
 *     chroma  16 × 2      Histograms of B−Y and R−Y (8 soft bins each) in the upper half and in the lower, where
 *                         the mask is.
 */
import { IMAGENET } from '../../data/augment';
import { type Model, type Node, type Tensor, floatTensor, int64Tensor } from '../../onnx/model';

/** Side of the picture in pixels. */
export const SIDE = 64;
const CELL = 8;
const ORIENTATIONS = 9;
const SQUARE = 16;
const BINS = 8;
/** Chroma beyond it, either way, counts as it; skin and masks stay within. */
const CHROMA = 0.24;

/** Numbers in a descriptor. */
export const LENGTH = ORIENTATIONS * (SIDE / CELL) ** 2 + 3 * (SIDE / SQUARE) ** 2 + 2 * BINS * 2;

/** Y, B−Y and R−Y (BT.601, each difference scaled into ±0.5) of R, G, B from 0 to 1. */
const FROM_RGB = [
  [0.299, 0.587, 0.114],
  [-0.168736, -0.331264, 0.5],
  [0.5, -0.418688, -0.081312],
];

/** Collects nodes and constants; each call gives the name of what it computes. */
export class Nodes {
  readonly nodes: Node[] = [];
  readonly constants: Tensor[] = [];

  apply(op: string, inputs: string[], attributes: Node['attributes'] = {}, domain = ''): string {
    const name = `${op}${this.nodes.length}`;
    this.nodes.push({ op, domain, name, inputs, outputs: [name], attributes });
    return name;
  }

  floats(dims: number[], values: number[]): string {
    return this.keep(floatTensor(`constant${this.constants.length}`, dims, values));
  }

  integers(values: number[]): string {
    return this.keep(int64Tensor(`constant${this.constants.length}`, [values.length], values));
  }

  private keep(tensor: Tensor): string {
    this.constants.push(tensor);
    return tensor.name;
  }

  /** The model that takes normalised pictures N×3×64×64 and gives `output` as N×width. */
  model(input: string, output: { from: string; name: string; width: number }): Model {
    this.nodes.push({
      op: 'Identity',
      domain: '',
      name: output.name,
      inputs: [output.from],
      outputs: [output.name],
      attributes: {},
    });
    const ml = this.nodes.some(({ domain }) => domain === 'ai.onnx.ml');
    return {
      opset: 17,
      ...(ml && { domains: { 'ai.onnx.ml': 3 } }),
      producer: 'maskwatch',
      nodes: this.nodes,
      initializers: this.constants,
      inputs: [{ name: input, type: 'float32', dims: ['N', 3, SIDE, SIDE] }],
      outputs: [{ name: output.name, type: 'float32', dims: ['N', output.width] }],
    };
  }
}

/**
 * Adds the descriptor's nodes.
 * @param images name of pictures N×3×64×64, normalised by ImageNet's means
 * @returns name of the descriptors, N×LENGTH
 */
export function describe(nodes: Nodes, images: string): string {
  const colours = toColours(nodes, images);
  const luma = channels(nodes, colours, 0, 1);
  const parts = [
    orientedGradients(nodes, luma),
    mean(nodes, colours, SQUARE, SQUARE),
    chromaHistograms(nodes, colours),
  ];
  const flat = parts.map((part) => nodes.apply('Flatten', [part], { axis: { i: 1 } }));
  return nodes.apply('Concat', flat, { axis: { i: 1 } });
}

/** Undoes the normalisation and turns RGB into Y, B−Y, R−Y: one 1×1 convolution. */
function toColours(nodes: Nodes, images: string): string {
  const weights = FROM_RGB.flatMap((row) => row.map((weight, k) => weight * IMAGENET.std[k]!));
  const biases = FROM_RGB.map((row) => row.reduce((sum, weight, k) => sum + weight * IMAGENET.mean[k]!, 0));
  return nodes.apply('Conv', [images, nodes.floats([3, 3, 1, 1], weights), nodes.floats([3], biases)]);
}

const channels = (nodes: Nodes, from: string, first: number, end: number): string =>
  nodes.apply('Slice', [from, nodes.integers([first]), nodes.integers([end]), nodes.integers([1])]);

const mean = (nodes: Nodes, from: string, height: number, width: number): string =>
  nodes.apply('AveragePool', [from], {
    kernel_shape: { ints: [height, width] },
    strides: { ints: [height, width] },
  });

/** How much of each pixel falls to a bin centre `distance` away: all at 0, nothing at `width` and beyond. */
function share(nodes: Nodes, distance: string, width: number): string {
  const negative = nodes.apply('Mul', [distance, nodes.floats([], [-1 / width])]);
  return nodes.apply('Relu', [nodes.apply('Add', [negative, nodes.floats([], [1])])]);
}

function orientedGradients(nodes: Nodes, luma: string): string {
  // Repeated at the edge, so that the picture's border is no gradient.
  const padded = nodes.apply('Pad', [luma, nodes.integers([0, 0, 1, 1, 0, 0, 1, 1])], {
    mode: { s: 'edge' },
  });
  const x = nodes.floats([1, 1, 3, 3], [0, 0, 0, -1, 0, 1, 0, 0, 0]);
  const y = nodes.floats([1, 1, 3, 3], [0, -1, 0, 0, 0, 0, 0, 1, 0]);
  const [dx, dy] = [nodes.apply('Conv', [padded, x]), nodes.apply('Conv', [padded, y])];
  const square = (of: string) => nodes.apply('Mul', [of, of]);
  const length = nodes.apply('Sqrt', [nodes.apply('Add', [square(dx), square(dy)])]);

  // The angle without its direction, −π/2 to π/2; the tiny number keeps 0/0 away where there is no gradient.
  const slope = nodes.apply('Div', [dy, nodes.apply('Add', [dx, nodes.floats([], [1e-9])])]);
  const angle = nodes.apply('Atan', [slope]);
  const step = Math.PI / ORIENTATIONS;
  const centres = Array.from({ length: ORIENTATIONS }, (_, k) => -Math.PI / 2 + k * step);
  const straight = nodes.apply('Abs', [
    nodes.apply('Sub', [angle, nodes.floats([1, ORIENTATIONS, 1, 1], centres)]),
  ]);
  const around = nodes.apply('Sub', [nodes.floats([], [Math.PI]), straight]);
  const distance = nodes.apply('Min', [straight, around]);
  const votes = nodes.apply('Mul', [share(nodes, distance, step), length]);
  const cells = mean(nodes, votes, CELL, CELL);

  const energy = nodes.apply('ReduceSum', [square(cells), nodes.integers([1])]);
  const about = nodes.apply('AveragePool', [energy], {
    kernel_shape: { ints: [3, 3] },
    pads: { ints: [1, 1, 1, 1] },
  });
  // A thousandth of a luma step as floor: flat cells stay near 0 instead of showing their noise.
  const norm = nodes.apply('Sqrt', [nodes.apply('Add', [about, nodes.floats([], [1e-6])])]);
  return nodes.apply('Div', [cells, norm]);
}

/** N×16×2×1: shares of the pixels of each half in each bin; the bins of B−Y come first. */
function chromaHistograms(nodes: Nodes, colours: string): string {
  const width = (2 * CHROMA) / (BINS - 1);
  const centres = Array.from({ length: BINS }, (_, k) => -CHROMA + k * width);
  const histograms = [1, 2].map((channel) => {
    const limits = [-CHROMA, CHROMA].map((limit) => nodes.floats([], [limit]));
    const chroma = nodes.apply('Clip', [channels(nodes, colours, channel, channel + 1), ...limits]);
    const distance = nodes.apply('Abs', [
      nodes.apply('Sub', [chroma, nodes.floats([1, BINS, 1, 1], centres)]),
    ]);
    return mean(nodes, share(nodes, distance, width), SIDE / 2, SIDE);
  });
  return nodes.apply('Concat', histograms, { axis: { i: 1 } });
}
