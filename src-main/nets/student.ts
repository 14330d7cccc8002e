/**
 * The students: the article's custom CNN (3×3 convolutions, batch norm, LeakyReLU, no depthwise layers) grown with
 * residual blocks, in any width, depth and input size. Plain convolutions because they are what every execution
 * provider runs fastest.
 */
import type { Network } from '../autograd/scope';
import { convBlock, head, residualBlock } from './layers';

/** Side of the kernel that opens the first stage: 3 at a stride of 2, or 4 or 5 at a stride of 4 (patches). */
export type Stem = 3 | 4 | 5;

export interface StudentOptions {
  /** Default 3. */
  stem?: Stem;
  /** Channels of the stages; each begins with a convolution that halves the picture (the stem may quarter it). */
  widths: readonly number[];
  /** Residual blocks in each stage. */
  blocks: readonly number[];
  classes: number;
  /** Dropout before the last layer, 0 to 1. */
  dropout: number;
}

/** What `--arch student` means: 338 thousand parameters at three classes. */
export const STUDENT: StudentOptions = {
  widths: [16, 32, 64, 96],
  blocks: [0, 1, 1, 1],
  classes: 3,
  dropout: 0.2,
};

/** Side of the pictures of `student`, and of a spec that names none. */
export const STUDENT_SIZE = 112;

/** What a spec may ask for. */
const LIMITS = { stages: 6, width: 512, blocks: 8, size: [64, 128] } as const;

/** How specs are written, for help and errors. */
export const SPEC_FORM = 'student[-p4|-p5]-WIDTHxBLOCKS-…[@SIZE]';

/** @param options default: STUDENT */
export const student =
  ({ stem = 3, widths, blocks, classes, dropout }: StudentOptions = STUDENT): Network =>
  (scope, images) => {
    let x = images;
    widths.forEach((width, stage) => {
      // A kernel of 4 lies on whole patches and needs no padding; one of 5 laps over them by a pixel.
      const window = stage > 0 || stem === 3 ? { stride: 2 } : { kernel: stem, stride: 4, padding: stem - 4 };
      x = convBlock(scope, `stage${stage}.down`, x, width, window);
      for (let block = 0; block < blocks[stage]!; block++)
        x = residualBlock(scope, `stage${stage}.block${block}`, x);
    });
    return head(scope, 'head', x, classes, dropout);
  };

export interface StudentSpec {
  options: StudentOptions;
  /** Side of the pictures in pixels. */
  size: number;
}

/**
 * Reads a student's spec: its stages from the first to the last, each `WIDTHxBLOCKS`, so that
 * `student-16x0-32x1-64x1-96x1@112` is the student itself and `student-p4-32x0-64x1` begins with 4×4 patches.
 * The name is one that can be a file's.
 * @returns null when it does not begin as a spec does
 * @throws Error saying what is wrong with a spec
 */
export function readStudentSpec(name: string): StudentSpec | null {
  if (!name.startsWith('student-')) return null;
  const match = /^student(?:-p([45]))?((?:-\d+x\d+)+)(?:@(\d+))?$/.exec(name);
  if (!match) throw new Error(`${name} is not a student's spec: ${SPEC_FORM}, as student-16x0-32x1-64x1@112`);
  const stages = match[2]!
    .slice(1)
    .split('-')
    .map((text) => text.split('x').map(Number));
  const [widths, blocks] = [stages.map(([width]) => width!), stages.map(([, count]) => count!)];
  const size = match[3] === undefined ? STUDENT_SIZE : Number(match[3]);
  const stem = match[1] === undefined ? 3 : (Number(match[1]) as Stem); // The pattern allows only 4 and 5.
  const fail = (what: string) => new Error(`${name} cannot be built: ${what}`);
  if (stages.length > LIMITS.stages) throw fail(`it has more than ${LIMITS.stages} stages`);
  const width = widths.find((n) => n < 4 || n > LIMITS.width);
  if (width !== undefined) throw fail(`a width must be 4 to ${LIMITS.width}, not ${width}`);
  const count = blocks.find((n) => n > LIMITS.blocks);
  if (count !== undefined) throw fail(`a stage has at most ${LIMITS.blocks} blocks, not ${count}`);
  if (size < LIMITS.size[0] || size > LIMITS.size[1])
    throw fail(`its pictures must be ${LIMITS.size.join(' to ')} pixels, not ${size}`);
  if (stem !== 3 && size % 4 !== 0) throw fail(`patches need a size that 4 divides, not ${size}`);
  return { options: { ...STUDENT, stem, widths, blocks }, size };
}

/** One line for the card. */
export function describeStudent({ stem = 3, widths, blocks }: StudentOptions): string {
  const begins = stem === 3 ? '' : `, begins with ${stem}×${stem} patches at stride 4`;
  return `residual CNN with LeakyReLU: ${widths.join('-')} channels, ${blocks.join('-')} residual blocks${begins}`;
}
