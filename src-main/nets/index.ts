/** The architectures that can be trained, by name. */
import type { Network } from '../autograd/scope';
import { student } from './student';

export interface Architecture {
  name: string;
  /** One line for the card and the help. */
  description: string;
  network: Network;
  /** Side of the pictures it is trained at, in pixels, when nothing else is asked for. */
  size: number;
}

export const ARCHITECTURES: readonly Architecture[] = [
  {
    name: 'student',
    description:
      'residual CNN with LeakyReLU: 16-32-64-96 channels, one residual block a stage after the first',
    network: student(),
    size: 112,
  },
];
