import { mul } from '../../autograd/functions';
import { crossEntropy, divergence } from '../../autograd/losses';
import { method } from './method';

/** Hinton, Vinyals & Dean 2015: (1 − w)·CE(z_s, y) + w·T²·KL(softmax(z_t/T) ‖ softmax(z_s/T)). */
export const vanilla = method({
  name: 'vanilla',
  about: "follow the teacher's softened answer beside the labels (Hinton et al. 2015)",
  settings: {
    T: { about: 'temperature', value: 4, from: 0.01, to: 100 },
    w: { about: "weight of the teacher's answer against the labels", value: 0.9, from: 0, to: 1 },
  },
  make: ({ T, w }) => ({
    needs: ['teacher'],
    terms: {
      labels: ({ student, targets }) => mul(crossEntropy(student.logits, targets), 1 - w),
      teacher: ({ student, teacher }) => mul(divergence(teacher.logits, student.logits, null, T), w),
    },
  }),
});
