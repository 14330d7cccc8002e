import { crossEntropy } from '../../autograd/losses';
import { method } from './method';

/** Learning from labels alone: what other pieces' terms are added to, or how a teacher itself is trained. */
export const labels = method({
  name: 'labels',
  about: 'learn from the labels alone, smoothed or as they are (Szegedy et al. 2016)',
  settings: {
    smoothing: { about: 'share of each label spread over all classes', value: 0, from: 0, to: 0.5 },
  },
  make: ({ smoothing }) => ({
    terms: { labels: ({ student, targets }) => crossEntropy(student.logits, targets, null, smoothing) },
  }),
});
