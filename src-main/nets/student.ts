/**
 * The student: the article's custom CNN (3×3 convolutions, batch norm, LeakyReLU, no depthwise layers) grown
 * with residual blocks. Plain convolutions because they are what every execution provider runs fastest.
 */
import type { Network } from '../autograd/scope';
import { convBlock, head, residualBlock } from './layers';

export interface StudentOptions {
  /** Channels of the stages; each halves the picture. */
  widths: readonly number[];
  /** Residual blocks in each stage. */
  blocks: readonly number[];
  classes: number;
  /** Dropout before the last layer, 0 to 1. */
  dropout: number;
}

/** What ships: 337 thousand parameters at three classes. */
export const STUDENT: StudentOptions = {
  widths: [16, 32, 64, 96],
  blocks: [0, 1, 1, 1],
  classes: 3,
  dropout: 0.2,
};

export const student =
  (options: StudentOptions = STUDENT): Network =>
  (scope, images) => {
    let x = images;
    options.widths.forEach((width, stage) => {
      x = convBlock(scope, `stage${stage}.down`, x, width, 2);
      for (let block = 0; block < options.blocks[stage]!; block++)
        x = residualBlock(scope, `stage${stage}.block${block}`, x);
    });
    return head(scope, 'head', x, options.classes, options.dropout);
  };
