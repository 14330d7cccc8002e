/** The article's custom CNN at its plainest: four 3×3 convolutions of stride 2, batch norm, LeakyReLU. */
import type { Network } from '../autograd/scope';
import { convBlock, head } from './layers';

/** 79,475 parameters. */
export const cnn4 =
  (classes = 3): Network =>
  (scope, images) => {
    const features = [16, 32, 64, 96].reduce(
      (x, channels, i) => convBlock(scope, `layer${i}`, x, channels, { stride: 2 }),
      images,
    );
    return head(scope, 'head', features, classes);
  };
