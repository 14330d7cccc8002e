import { detach, mul } from '../../autograd/functions';
import { crossEntropy, divergence } from '../../autograd/losses';
import { method } from './method';

/**
 * Zhang et al. 2018, deep mutual learning: two networks learn together, each from the labels and from what the other
 * answers at this step: CE(z₁, y) + KL(p₂ ‖ p₁), and the other way round. Neither moves the other's answer.
 */
export const mutual = method({
  name: 'mutual',
  about: 'learn beside a second network, each following the other (Zhang et al. 2018)',
  settings: { w: { about: "weight of the other's answer beside the labels", value: 1, from: 0, to: 100 } },
  make: ({ w }) => ({
    needs: ['peer'],
    terms: {
      peer: ({ student, peer }) => mul(divergence(detach(peer()), student.logits), w),
      "the peer's labels": ({ peer, targets }) => crossEntropy(peer(), targets),
      'the peer follows': ({ student, peer }) => mul(divergence(detach(student.logits), peer()), w),
    },
  }),
});
